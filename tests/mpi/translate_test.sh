#!/usr/bin/env bash
# Translations of a trained model, on a small text under mpirun: they and their alignments are the same on any number of
# ranks and for any batch size, weights add up to 1, and bad input ends in one line and the right exit code.
#
#   translate_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
# shellcheck source=tests/mpi/whole_program.sh
source "$(dirname "${BASH_SOURCE[0]}")/whole_program.sh"

# Sentences of 1 to 12 words out of 60, frequent ones first, of which the vocabulary knows about 40; the translation has
# them backwards.
awk 'BEGIN { srand(7); for (i = 0; i < 900; ++i) { n = 1 + int(12 * rand()); s = t = "";
  for (j = 0; j < n; ++j) { w = int(60 * rand() * rand()); s = s " w" w; t = " v" w t }
  name = i < 700 ? "train" : "test"; print substr(s, 2) > (name ".en"); print substr(t, 2) > (name ".xx") } }'
cat >run.yaml <<'YAML'
run: run
corpus:
  source: train.en
  target: train.xx
  vocabulary: {kind: word, size: 42, joint: false}
model: {embedding: 16, hidden: 32, attention: 24, maxout: 16, initial: {scheme: glorot}}
training:
  shards: 8
  shard_sentences: 4
  epochs: 100
  updates: 300
  optimizer: {learning_rate: 0.004}
  checkpoint: {every_updates: 250}
YAML
# train RUN [ARGUMENTS…]
train() {
  local run=$1
  shift
  "$program" prepare run.yaml --set "run=$run" "$@" >"$run.log" 2>&1 || fail "prepare: $(cat "$run.log")"
  "${mpirun[@]}" -n 1 "$program" train run.yaml --set "run=$run" "$@" >"$run.log" 2>&1 </dev/null ||
    fail "train: $(cat "$run.log")"
}
train run
train other --set corpus.vocabulary.size=41 --set training.updates=2
train fixed --set model.kind=rnnencdec --set training.updates=2
model=run/checkpoints/checkpoint-00000300.h5
earlier=run/checkpoints/checkpoint-00000250.h5

# Blank lines between the sentences, and one that holds blanks alone.
{ head -n 60 test.en; echo; printf ' \t\n'; tail -n +61 test.en; printf 'w1 w2 w3'; } >text.en

# translate RANKS OUTPUT [ARGUMENTS…]
translate() {
  local ranks=$1 output=$2
  shift 2
  "${mpirun[@]}" -n "$ranks" "$program" translate "$@" <text.en >"$output" 2>"$output.log" || fail "$*: $(cat "$output.log")"
}
for ranks in 1 2 3; do
  translate "$ranks" "plain-$ranks" "$model" --alignments "plain-$ranks.h5"
  translate "$ranks" "ensemble-$ranks" "$model" "$earlier" --n-best 3 --replace-unknown
done
translate 1 alone "$model" --alignments alone.h5 --batch 1
for ranks in 2 3; do
  cmp plain-1 "plain-$ranks" || fail "translations differ on $ranks ranks"
  cmp plain-1.h5 "plain-$ranks.h5" || fail "alignments differ on $ranks ranks"
  cmp ensemble-1 "ensemble-$ranks" || fail "an ensemble's n-best lists differ on $ranks ranks"
done
cmp plain-1 alone || fail "translations in batches of 1 and of 64 differ"
[[ $(wc -l <plain-1) -eq 203 ]] || fail "not a line for each line"
[[ -z $(sed -n '61p;62p' plain-1) ]] || fail "an empty line isn't empty"
[[ $(cut -d' ' -f1 ensemble-1 | sort -n | uniq -c | awk '$1 == 3' | wc -l) -eq 201 ]] || fail "not three translations of each line"
grep -q '<unk>' plain-1 || fail "the test needs unknown words"
! grep -q '<unk>' ensemble-1 || fail "unknown words weren't replaced"
translate 2 known "$model" --forbid-unknown
! grep -q '<unk>' known || fail "unknown words weren't forbidden"
echo "translations: the same on 1, 2 and 3 ranks"

/usr/bin/python3 - <<'PYTHON' || fail "the alignments file isn't what it should be"
import h5py
import numpy
def matrices(name):
    f = h5py.File(name)
    begin, s, t = f["alpha/begin"][:], f["source/begin"][:], f["target/begin"][:]
    values = f["alpha/values"][:]
    return [values[begin[k]:begin[k + 1]].reshape(t[k + 1] - t[k], s[k + 1] - s[k]) for k in range(len(begin) - 1)]
batched, alone = matrices("plain-1.h5"), matrices("alone.h5")
assert len(batched) == len(alone) == 203
assert batched[60].size == 0
rows = numpy.concatenate([m.sum(axis=1) for m in batched if m.size])
assert abs(rows - 1).max() < 1e-5, abs(rows - 1).max()
worst = max(abs(a - b).max() for a, b in zip(batched, alone) if a.size)
assert worst < 1e-5, worst
print(f"alignments: {len(rows)} rows add up to 1 within {abs(rows - 1).max():.1e}; "
      f"batches of 64 and of 1 differ by {worst:.1e} at most")
PYTHON

# Products in another way than in training: all models of an ensemble, alike on any number of ranks, and hardly otherwise.
other_products() {
  local name=$1 ranks
  shift
  for ranks in 1 3; do
    translate "$ranks" "$name-$ranks" "$model" "$earlier" --n-best 3 "$@"
  done
  cmp "$name-1" "$name-3" || fail "translations with $* differ on 3 ranks"
  translate 1 "$name-best" "$model" "$@"
  [[ $(diff plain-1 "$name-best" | grep -c '^<') -le 20 ]] || fail "translations with $* are quite different: $(diff plain-1 "$name-best")"
  translate 1 "$name-kept" "$model" "$@" --alignments "$name.h5"
  /usr/bin/python3 -c 'import h5py, sys; settings = h5py.File(sys.argv[1])["settings"][()].decode()
assert settings.endswith(", compute.gemm=" + sys.argv[2]) or ", compute.gemm=" + sys.argv[2] + ", " in settings, settings' \
    "$name.h5" "$2" || fail "alignments don't say how they were computed"
  "$program" align "$model" test.en test.xx "$@" >"$name-links" 2>"$name.log" || fail "align $*: $(cat "$name.log")"
  "$program" explain "$model" "w1 w2 w3" "$@" >"$name-explained" || fail "explain $*"
  grep -q "step 4" "$name-explained" || fail "explain $* shows no steps"
}
translate 1 listed "$model" "$earlier" --n-best 3
other_products openblas --gemm openblas
if "$program" explain "$model" "w1 w2 w3" --gemm onednn --precision bfloat16 >/dev/null 2>probe.log; then
  other_products bfloat16 --gemm onednn --precision bfloat16
  ! cmp -s listed bfloat16-1 || fail "--precision bfloat16 changes no score"
  train rounded --set compute.precision=bfloat16 --set training.updates=2
  rounded=rounded/checkpoints/checkpoint-00000002.h5
  translate 1 rounded-bfloat16 "$rounded" --n-best 1
  translate 1 rounded-float32 "$rounded" --n-best 1 --precision float32
  ! cmp -s rounded-bfloat16 rounded-float32 || fail "a model trained in bfloat16 ignores --precision float32"
  expect_refusal 2 "rounded/.*bfloat16.*--precision" "$program" translate "$rounded" --gemm openblas
  echo "bfloat16: the same on 1 and 3 ranks, and back to float32"
else
  grep -Eq "^lockstep: $model: .*(without it|AVX-512).*--gemm" probe.log || fail "bfloat16: $(cat probe.log)"
  echo "skipped: bfloat16 by oneDNN, as $(cat probe.log)"
fi
expect_refusal 2 "$model: .*bfloat16.*--precision" "$program" translate "$model" --gemm openblas --precision bfloat16
expect_refusal 2 "float16" "$program" translate "$model" --precision float16

"$program" explain "$model" "w1 w2 w3" --page page.html >explained || fail "explain"
grep -q "step 4" explained || fail "explain shows no steps: $(cat explained)"
! grep -q "http" page.html || fail "the page of explain asks for the network"

expect_refusal 3 "another vocabulary than run/" "$program" translate "$model" other/checkpoints/checkpoint-00000002.h5
expect_refusal 3 "no-such-file" "$program" translate no-such-file
expect_refusal 3 "checkpoint" "$program" translate plain-1.h5
expect_refusal 2 "no attention" "$program" translate fixed/checkpoints/checkpoint-00000002.h5 --alignments x.h5
expect_refusal 2 "beam" "$program" translate "$model" --n-best 9
expect_refusal 3 "no-such-text" "${mpirun[@]}" -n 2 "$program" translate "$model" -i no-such-text
printf 'w1 w2\nw1 caf\xe9 w2\n' >latin1
expect_refusal 3 "latin1:2: byte 7 of the line (0xE9) is not UTF-8" "$program" translate "$model" -i latin1 --strict
"$program" translate "$model" -i latin1 -o replaced 2>replaced.log || fail "text that isn't UTF-8: $(cat replaced.log)"
[[ $(wc -l <replaced) -eq 2 && $(grep -c 'latin1:2:.*U+FFFD' replaced.log) -eq 1 ]] || fail "U+FFFD: $(cat replaced.log)"
awk 'BEGIN { for (i = 0; i < 10000; ++i) printf "w%d ", i % 40; print "" }' >long
"$program" translate "$model" -i long -o long.out 2>long.log || fail "a long line: $(cat long.log)"
[[ $(wc -l <long.out) -eq 1 ]] && grep -q "line 1: its last 9000 of 10000 tokens" long.log || fail "a long line: $(cat long.log)"

# Nobody reads: one line, no hang.
status=0
{ timeout 60 "$program" translate "$model" --batch 1 <text.en 2>pipe.log || echo $? >status; } | head -n 1 >/dev/null
[[ $(cat status) -eq 4 && $(grep -c '^lockstep: standard output' pipe.log) -eq 1 ]] || fail "a closed pipe: $(cat pipe.log)"
# A disk that fills: one line, and nothing is left.
mkdir small
if mount -t tmpfs -o size=64k tmpfs small 2>/dev/null; then
  trap 'umount "$folder/small"; rm -rf "$folder"' EXIT
  expect_refusal 4 "small.*No space left" "$program" translate "$model" -i text.en --alignments small/full.h5
  [[ -z $(ls -A small) ]] || fail "a full disk: $(ls -A small) is left"
else
  echo "skipped: alignments on a full disk, as no tmpfs can be mounted here"
fi
[[ -z $(find . -name '*tmp*' -o -name 'scratch*') ]] || fail "temporary files are left: $(ls)"
echo "refusals: one line each"
