#!/usr/bin/env bash
# A run folder on a disk of its own that fills up: training ends with exit code 4 and one line, the last checkpoint is whole,
# nothing half-written stays, and with more space it goes on to the bits of a run that had space from the start.
#
#   full_disk_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
script=${BASH_SOURCE[0]}
if [[ ${LOCKSTEP_OWN_MOUNTS:-} != yes ]]; then
  # Mounts of a namespace of its own end with it, however this test ends.
  own=(unshare --mount)
  [[ $(id -u) -eq 0 ]] || own+=(--map-root-user)
  if ! reason=$("${own[@]}" mount -t tmpfs tmpfs /mnt 2>&1); then
    echo "skipped: a small disk can't be mounted: ${reason%%$'\n'*}"
    exit 77
  fi
  LOCKSTEP_OWN_MOUNTS=yes exec "${own[@]}" bash "$script" "$@"
fi
# shellcheck source=tests/mpi/whole_program.sh
source "$(dirname "$script")/../mpi/whole_program.sh"
trap 'umount "$folder/disk" 2>/dev/null || true; rm -rf "$folder"' EXIT

awk 'BEGIN { srand(7); for (i = 0; i < 400; ++i) { n = 1 + int(9 * rand()); s = t = "";
  for (j = 0; j < n; ++j) { w = int(200 * rand() * rand()); s = s " w" w; t = " v" w t }
  print substr(s, 2) > "train.en"; print substr(t, 2) > "train.xx" } }'
cat >run.yaml <<'YAML'
run: unset
corpus: {source: train.en, target: train.xx, vocabulary: {kind: word, size: 200, joint: false}}
model: {embedding: 32, hidden: 48, attention: 32, maxout: 24}
training:
  shards: 4
  shard_sentences: 4
  updates: 30
  checkpoint: {every_updates: 5, keep: 9}
YAML
"$program" prepare run.yaml --set run=whole >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"
train() {
  local ranks=$1 run=$2
  "${mpirun[@]}" -n "$ranks" "$program" train run.yaml --set "run=$run" >"$3" 2>&1 </dev/null
}
digest_of() { "$program" inspect --digest "$1"; }
train 2 whole whole.log || fail "with space: $(cat whole.log)"

# Room for the corpus, three checkpoints and half of a fourth.
size=$(stat -c %s whole/checkpoints/checkpoint-00000030.h5)
room=$((size * 7 / 2 + $(stat -c %s whole/corpus.h5) + 65536))
mkdir disk
mount -t tmpfs -o "size=$room" tmpfs disk
mkdir disk/run
cp whole/corpus.h5 disk/run/

for ranks in 3 1; do
  told() { train "$ranks" disk/run full.log || { status=$?; cat full.log >&2; return $status; }; }
  status=0
  told >refusal.out 2>refusal.log || status=$?
  [[ $status -eq 4 ]] || fail "a full disk: exit $status, expected 4: $(cat refusal.log)"
  [[ $(said refusal.log | grep -c '^lockstep: ') -eq 1 ]] || fail "a full disk: not one line: $(cat refusal.log)"
  said refusal.log | grep '^lockstep: .*disk/run/.*No space left on device; make room' >/dev/null || fail "what it said: $(cat refusal.log)"
  newest=$(ls disk/run/checkpoints/checkpoint-*.h5 | tail -n 1)
  [[ $newest == *-00000015.h5 ]] || fail "the newest checkpoint on the full disk is $newest"
  [[ $(digest_of "$newest") == "$(digest whole 15)" ]] || fail "$newest isn't what it was"
  [[ -z $(find disk -name '*.tmp') ]] || fail "left on a full disk: $(find disk -name '*.tmp')"
  echo "a disk that is full after update 15, $ranks ranks: $(said refusal.log | grep '^lockstep: ')"
done

# Not one byte of room: a start can't even keep its metrics, and says so.
head -c "$room" /dev/zero >disk/other 2>/dev/null || true
expect_refusal 4 "disk/run.*No space left on device; make room" told
[[ $(digest_of "$newest") == "$(digest whole 15)" ]] || fail "$newest isn't what it was"
rm disk/other

mount -o "remount,size=$((room * 3))" disk
train 2 disk/run more.log || fail "with space again: $(cat more.log)"
grep -q "goes on from .*checkpoint-00000015" more.log || fail "where it went on: $(cat more.log)"
[[ $(digest disk/run) == "$(digest whole)" ]] ||
  fail "another digest than with space from the start"
[[ -z $(find disk -name '*.tmp') ]] || fail "left: $(find disk -name '*.tmp')"
[[ $(grep -c '"kind":"update"' disk/run/metrics.jsonl) -eq 30 ]] || fail "metrics.jsonl doesn't hold 30 updates"
echo "with space again it goes on and ends in the same bits"
