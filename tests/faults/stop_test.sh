#!/usr/bin/env bash
# How the real program stops: by signals to mpirun or to one rank, before minutes are over, amid a validation by BLEU; each time
# with a checkpoint and exit code 75, and what goes on from there ends in the digest of a run that never stopped.
#
#   stop_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
# shellcheck source=tests/mpi/whole_program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../mpi/whole_program.sh"

# Text to train on, a little to validate with, and so much that it takes seconds.
awk 'BEGIN { srand(7); for (i = 0; i < 40500; ++i) { n = 1 + int(9 * rand()); s = ""
  for (j = 0; j < n; ++j) s = s " w" int(40 * rand()); name = i < 400 ? "train" : i < 500 ? "val" : "long"
  print substr(s, 2) > (name ".en"); print substr(s, 2) > (name ".xx") } }'
cat >run.yaml <<'YAML'
run: prepared
corpus:
  source: train.en
  target: train.xx
  validation: {source: val.en, target: val.xx}
  vocabulary: {kind: word, size: 50}
model: {embedding: 12, hidden: 20, attention: 18, maxout: 10}
training:
  shards: 8
  shard_sentences: 5
  epochs: 1000000
  updates: 2000
  validation: {every_updates: 1000, metric: bleu, bleu: {beam: 12}}
  checkpoint: {every_updates: 500, every_minutes: 0, keep: 2}
YAML
"$program" prepare run.yaml >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"
"$program" prepare run.yaml --set run=prepared-long --set 'corpus.validation={source: long.en, target: long.xx}' \
  >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"

# start RANKS RUN [ARGUMENTS…]: begins to train, $job being mpirun with ${flags[@]}.
flags=()
corpus=prepared
start() {
  local ranks=$1
  run=$2
  shift 2
  mkdir -p "$run"
  cp "$corpus/corpus.h5" "$run/"
  "${mpirun[@]}" "${flags[@]}" -n "$ranks" "$program" train run.yaml --set "run=$run" "$@" >"$run.log" 2>&1 </dev/null &
  job=$!
}
updates() { grep -c '"kind":"update"' "$run/metrics.jsonl" 2>/dev/null || true; }
await_updates() {
  for _ in $(seq 600); do
    [[ $(updates) -lt $1 ]] || return 0
    kill -0 "$job" 2>/dev/null || fail "$run ended: $(cat "$run.log")"
    sleep 0.05
  done
  fail "$run did not get to $1 updates: $(cat "$run.log")"
}
# expect_stop CODE SECONDS: mpirun ends so soon, with this code.
expect_stop() {
  local code=$1 limit=$2 since=$SECONDS status=0
  wait "$job" || status=$?
  [[ $status -eq $code ]] || fail "$run: exit $status, expected $code: $(cat "$run.log")"
  ((SECONDS - since <= limit)) || fail "$run took $((SECONDS - since)) s to stop: $(cat "$run.log")"
}
# last_checkpoint: the update of the newest.
last_checkpoint() {
  local names=("$run"/checkpoints/checkpoint-*.h5)
  local name=${names[-1]##*checkpoint-}
  echo $((10#${name%.h5}))
}
digest() { "$program" inspect --digest "$1/checkpoints/checkpoint-00002000.h5"; }
# goes_on [WHOLE]: the run ends on other ranks in the digest of the whole one.
goes_on() {
  start 2 "$run"
  wait "$job" || fail "$run doesn't go on: $(cat "$run.log")"
  [[ $(digest "$run") == "$(digest "${1:-whole}")" ]] || fail "$run: another digest than the run that never stopped"
  [[ -z $(find "$run" -name '*.tmp') ]] || fail "$run leaves $(find "$run" -name '*.tmp')"
}

start 2 whole
wait "$job" || fail "whole: $(cat whole.log)"

for signal in USR1 USR2; do
  start 3 "signal-$signal"
  await_updates 30
  kill "-$signal" "$job"
  expect_stop 75 5
  grep -q "^stopped by a signal after update $(last_checkpoint);" <(sed 's/, [0-9]* target words.s//' "$run.log") ||
    fail "$run: $(cat "$run.log")"
  [[ $(updates) -eq $(last_checkpoint) ]] || fail "$run: $(updates) updates, a checkpoint of $(last_checkpoint)"
  goes_on
  echo "$signal to mpirun: stopped with a checkpoint, and went on to the same digest"
done

# mpirun's own end: ranks get TERM, and the time that this option gives.
flags=(--mca odls_base_sigkill_timeout 4)
for signal in TERM INT; do
  start 3 "mpirun-$signal"
  await_updates 30
  kill "-$signal" "$job"
  status=0
  wait "$job" || status=$?
  [[ $status -ne 0 ]] || fail "$run: exit 0"
  [[ $(updates) -eq $(last_checkpoint) ]] || fail "$run: $(updates) updates, a checkpoint of $(last_checkpoint): $(cat "$run.log")"
  goes_on
  echo "$signal to mpirun: a checkpoint (exit $status), and went on to the same digest"
done
flags=()

# Amid the translation of the validation text.
corpus=prepared-long
start 2 whole-long
wait "$job" || fail "whole-long: $(cat whole-long.log)"
start 2 validation
await_updates 1000
sleep 0.5
[[ $(grep -c '"kind":"validation"' validation/metrics.jsonl || true) -eq 0 ]] || fail "the validation is too short for this test"
kill -USR1 "$job"
expect_stop 75 3
[[ $(last_checkpoint) -eq 1000 ]] || fail "a stop amid a validation saves update $(last_checkpoint)"
goes_on whole-long
corpus=prepared
[[ $(grep -c '"kind":"validation"' validation/metrics.jsonl) -eq 2 ]] || fail "the validation wasn't made up for"
echo "USR1 amid a validation: stopped, and the next start began with it"

# a_rank [NOT]: the process of one of the ranks, but not this one.
a_rank() {
  local process parent
  for process in /proc/[0-9]*; do
    parent=$(awk '$1 == "PPid:" { print $2 }' "$process/status" 2>/dev/null) || continue
    [[ $parent == "$job" && ${process#/proc/} != "${1:-}" ]] || continue
    echo "${process#/proc/}"
    return
  done
  fail "$run has no ranks"
}

# To one rank: SIGINT asks for a stop, a second one ends all at once, and files are whole.
start 3 interrupted
await_updates 30
kill -INT "$(a_rank)"
expect_stop 75 5
[[ $(updates) -eq $(last_checkpoint) ]] || fail "$run: $(updates) updates, a checkpoint of $(last_checkpoint)"
before=$(last_checkpoint)
start 3 interrupted
await_updates $((before + 30))
rank=$(a_rank)
# The others can't agree on the first, since one of them doesn't run.
kill -STOP "$(a_rank "$rank")"
kill -INT "$rank"
sleep 0.3
kill -INT "$rank"
expect_stop 130 5
grep -q "signal 2" "$run.log" || fail "a second SIGINT: $(cat "$run.log")"
[[ $(last_checkpoint) -eq $before || $(last_checkpoint) -eq 500 ]] || fail "a second SIGINT saved $(last_checkpoint)"
goes_on
echo "SIGINT to one rank: a stop; a second one: at once, and went on from the checkpoint before"

# Minutes: six seconds of the program, and what mpirun takes to start it and to end, on a clock of whole seconds.
start 2 minutes --max-minutes 0.1 --set training.updates=1000000
expect_stop 75 8
grep -q "^stopped by --max-minutes after update" minutes.log || fail "minutes: $(cat minutes.log)"
start 2 no-minutes --max-minutes 0.0001
expect_stop 2 5
grep -q "^lockstep: --max-minutes 0.0001 leaves no time" no-minutes.log || fail "no minutes: $(cat no-minutes.log)"
echo "--max-minutes: stopped in time, and refused where it leaves no time"
