#!/usr/bin/env bash
# The whole program on a small text under mpirun: the same bits on any number of ranks, in every engine and precision, whether
# ranks share memory or send messages, after a stop and on from there on other ranks, and after the newest checkpoint is damaged;
# refusals end in one line and the right exit code.
#
#   whole_run_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
# shellcheck source=tests/mpi/whole_program.sh
source "$(dirname "${BASH_SOURCE[0]}")/whole_program.sh"

make_text 600 100
cat >run.yaml <<'YAML'
run: unset
corpus:
  source: train.en
  target: train.xx
  validation: {source: val.en, target: val.xx}
  vocabulary: {kind: word, size: 50, joint: false}
model: {embedding: 12, hidden: 20, attention: 18, maxout: 10, dropout: {embedding: 0.1, context: 0.1, output: 0.1}}
training:
  shards: 8
  shard_sentences: 5
  label_smoothing: 0.1
  updates: 30
  validation: {every_updates: 6}
  checkpoint: {every_updates: 5, keep: 9}
YAML
"$program" prepare run.yaml --set run=prepared >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"

# train RANKS RUN [ARGUMENTS…]: trains in its own run folder, with the corpus that was prepared.
train() {
  local ranks=$1 run=$2
  shift 2
  mkdir -p "$run"
  cp prepared/corpus.h5 "$run/"
  "${mpirun[@]}" -n "$ranks" "$program" train run.yaml --set "run=$run" "$@" >"$run.log" 2>&1 </dev/null
}

for kind in rnnsearch rnnencdec; do
  for optimizer in adam adadelta; do
    for ranks in 1 2 3 5 7 8; do
      [[ $kind == rnnsearch && $optimizer == adam ]] || [[ $ranks -le 3 ]] || continue
      run=$kind-$optimizer-$ranks
      train "$ranks" "$run" --set "model.kind=$kind" --set "training.optimizer.kind=$optimizer" ||
        fail "$run: $(cat "$run.log")"
      found=$(digest "$run" 30)
      [[ $ranks -gt 1 ]] || expected=$found
      expect_equal "$found" "$expected" "$run"
    done
    echo "$kind with $optimizer: $expected on every number of ranks"
  done
done

expected=$(digest rnnsearch-adam-1 30)
train 2 resumed --set training.updates=17 || fail "the first part: $(cat resumed.log)"
[[ $(digest resumed 17) != "$expected" ]] || fail "a digest doesn't see the updates"
train 3 resumed || fail "the second part: $(cat resumed.log)"
expect_equal "$(digest resumed 30)" "$expected" "stopped after update 17 on 2 ranks, gone on with 3"
updates=$(grep -c '"kind":"update"' resumed/metrics.jsonl)
[[ $updates -eq 30 ]] || fail "metrics.jsonl holds $updates updates of 30 after a resume"
echo "stopped after 17 updates on 2 ranks, gone on with 3: the same"

# same_on_all NAME [ARGUMENTS…]: one digest for 1 to 8 ranks, whether all share memory, or pairs, or none, and for a run that went
# on with other ranks than it began with. Leaves it in $found.
same_on_all() {
  local name=$1 expected ranks a_node layout
  shift
  train 1 "$name-1" "$@" || fail "$name: $(cat "$name-1.log")"
  expected=$(digest "$name-1" 30)
  for layout in "2 0" "3 1" "5 2" "7 0" "8 2"; do
    read -r ranks a_node <<<"$layout"
    train "$ranks" "$name-$ranks-$a_node" --set "compute.ranks_a_node=$a_node" "$@" ||
      fail "$name: $(cat "$name-$ranks-$a_node.log")"
    found=$(digest "$name-$ranks-$a_node" 30)
    expect_equal "$found" "$expected" "$name on $ranks ranks, $a_node of which share memory (0: all)"
  done
  train 3 "$name-parts" --set training.updates=17 --set compute.ranks_a_node=2 "$@" ||
    fail "$name, the first part: $(cat "$name-parts.log")"
  train 2 "$name-parts" "$@" || fail "$name, the second part: $(cat "$name-parts.log")"
  expect_equal "$(digest "$name-parts" 30)" "$expected" "$name stopped on 3 ranks, gone on with 2"
  echo "$name: $expected on every number of ranks, by shared memory and by messages, and after a stop"
}
for layout in "2 1" "5 2" "7 1"; do
  read -r ranks a_node <<<"$layout"
  train "$ranks" "messages-$ranks" --set "compute.ranks_a_node=$a_node" || fail "messages: $(cat "messages-$ranks.log")"
  expect_equal "$(digest "messages-$ranks" 30)" "$expected" "$ranks ranks, $a_node of which share memory"
done
same_on_all openblas --set compute.gemm=openblas
same_on_all reduction-bfloat16 --set training.reduction=bfloat16
[[ $found != "$expected" ]] || fail "training.reduction=bfloat16 rounds nothing"
if train 1 probe --set compute.gemm=onednn --set compute.precision=bfloat16 --set training.updates=1; then
  same_on_all onednn-bfloat16 --set compute.gemm=onednn --set compute.precision=bfloat16
  [[ $found != "$expected" ]] || fail "compute.precision=bfloat16 rounds nothing"
  train 2 onednn-bfloat16-1 --set compute.gemm=onednn --set training.updates=40 &&
    fail "a run in bfloat16 went on in float32"
  grep -q "compute.precision" onednn-bfloat16-1.log || fail "another precision: $(cat onednn-bfloat16-1.log)"
else
  grep -Eq "^lockstep: .*(without it|AVX-512)" probe.log || fail "bfloat16: $(cat probe.log)"
  echo "skipped: bfloat16 by oneDNN, as $(grep '^lockstep: ' probe.log)"
fi

# A host whose /dev/shm is too small for the gradients: a warning, messages, the same bits. Open MPI's own files go elsewhere.
small_host=(unshare --mount)
[[ $(id -u) -eq 0 ]] || small_host+=(--map-root-user)
if "${small_host[@]}" mount -t tmpfs -o size=64k tmpfs /dev/shm 2>unshare.log; then
  mkdir small
  cp prepared/corpus.h5 small/
  "${small_host[@]}" sh -c 'mount -t tmpfs -o size=64k tmpfs /dev/shm && exec "$@"' sh "${mpirun[@]}" \
    --mca btl_vader_backing_directory "$folder" -n 3 "$program" train run.yaml --set run=small >small.log 2>&1 </dev/null ||
    fail "a small /dev/shm: $(cat small.log)"
  [[ $(grep -c "ranks send messages instead.*enlarge /dev/shm" small.log) -eq 1 ]] || fail "no warning: $(cat small.log)"
  expect_equal "$(digest small 30)" "$expected" "a small /dev/shm"
  ! grep -q "ranks send messages" rnnsearch-adam-3.log || fail "a warning where there is room: $(cat rnnsearch-adam-3.log)"
  echo "a /dev/shm that is too small: a warning, and the same"
else
  echo "skipped: a small /dev/shm, as $(head -n 1 unshare.log)"
fi

# What a user does with h5py, which comes with Debian's own Python.
/usr/bin/python3 - <<'PYTHON' || fail "h5py doesn't read our files as the README says"
import h5py
corpus = h5py.File("prepared/corpus.h5")
tokens, offsets = corpus["train/source/tokens"], corpus["train/source/offsets"]
lines = open("train.en").read().split("\n")[:-1]
pieces = [word.decode() for word in corpus["vocabulary/source/tokens"][:]]
for i in [0, 1, len(offsets) - 2]:
    words = [pieces[t] for t in tokens[offsets[i] : offsets[i + 1]]]
    assert words == lines[i].split() + [pieces[0]], (words, lines[i])
checkpoint = h5py.File("resumed/checkpoints/checkpoint-00000030.h5")
assert checkpoint["model/encoder/forward/U"].shape == (20, 20)
assert checkpoint["model/attention/W_a"].dtype == "float32"
for slot in ["m", "v"]:
    assert checkpoint["optimizer"][slot]["output/W_o"].shape == checkpoint["model/output/W_o"].shape
assert int(checkpoint["progress/update"][()]) == 30
PYTHON
echo "h5py reads corpus and checkpoint"

# One wrong byte in the newest checkpoint: the one before is taken, and the end is the same.
train 2 damaged --set training.updates=20 || fail "before the damage: $(cat damaged.log)"
printf '\x5a' | dd of=damaged/checkpoints/checkpoint-00000020.h5 bs=1 seek=5000 conv=notrunc status=none
train 1 damaged || fail "after the damage: $(cat damaged.log)"
grep -q "skipped.*checkpoint-00000020" damaged.log || fail "the damaged checkpoint isn't named: $(cat damaged.log)"
expect_equal "$(digest damaged 30)" "$expected" "gone on from before a damaged checkpoint"
echo "a damaged checkpoint is passed over: the same"

# refuses CODE TEXT RANKS RUN [ARGUMENTS…]: train does.
told() { train "$@" || { status=$?; cat "$2.log" >&2; return $status; }; }
refuses() {
  local code=$1 text=$2
  shift 2
  expect_refusal "$code" "$text" told "$@"
}
refuses 2 "9 .*8" 9 refused
refuses 2 "did you mean training.shards" 3 refused --set training.shard=4
refuses 2 "training.shards" 2 damaged --set training.shards=4
refuses 2 "force" 2 damaged --fresh
truncate -s -1 prepared/corpus.h5
refuses 3 "corpus.h5" 3 refused
[[ ! -e refused/checkpoints ]] || fail "a refused start left checkpoints"
echo "refusals: one line each"
