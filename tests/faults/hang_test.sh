#!/usr/bin/env bash
# Ranks that hang, in the real program: each case ends within the watchdog's seconds + 10 s, with exit code 4 and one line that names
# the rank. What is slow or was stopped for a while only goes on.
#
#   hang_test.sh BLOCKED_DISK_LIBRARY PROGRAM MPIRUN [MPIRUN FLAGS…]
blocked_disk=$1
shift
# shellcheck source=tests/mpi/whole_program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../mpi/whole_program.sh"

limit=4
awk 'BEGIN { srand(7); for (i = 0; i < 400; ++i) { n = 1 + int(9 * rand()); s = ""
  for (j = 0; j < n; ++j) s = s " w" int(40 * rand()); print substr(s, 2) > "train.en"; print substr(s, 2) > "train.xx" } }'
cat >run.yaml <<YAML
run: prepared
corpus: {source: train.en, target: train.xx, vocabulary: {kind: word, size: 50}}
model: {embedding: 12, hidden: 20, attention: 18, maxout: 10}
training:
  shards: 8
  shard_sentences: 5
  epochs: 1000000
  checkpoint: {every_updates: 200, every_minutes: 0, keep: 2}
watchdog: {seconds: $limit}
YAML
"$program" prepare run.yaml >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"

environment=()

# start RUN [ARGUMENTS…]: begins to train on three ranks, $job being mpirun.
start() {
  run=$1
  shift
  mkdir -p "$run"
  cp prepared/corpus.h5 "$run/"
  env "${environment[@]}" "${mpirun[@]}" -n 3 "$program" train run.yaml --set "run=$run" "$@" \
    >"$run.log" 2>&1 </dev/null &
  job=$!
}

# await_updates N: until the run has done so many.
await_updates() {
  for _ in $(seq 600); do
    [[ $(grep -c '"kind":"update"' "$run/metrics.jsonl" 2>/dev/null) -lt $1 ]] || return 0
    kill -0 "$job" 2>/dev/null || fail "$run ended: $(cat "$run.log")"
    sleep 0.1
  done
  fail "$run did not get to $1 updates: $(cat "$run.log")"
}

# processes: of the ranks.
processes() {
  local process parent
  for process in /proc/[0-9]*; do
    parent=$(awk '$1 == "PPid:" { print $2 }' "$process/status" 2>/dev/null) || continue
    [[ $parent != "$job" ]] || echo "${process#/proc/}"
  done
}

# process_of RANK: its number, by what mpirun put in its environment.
process_of() {
  local process
  for process in $(processes); do
    if tr '\0' '\n' <"/proc/$process/environ" 2>/dev/null | grep -qx "OMPI_COMM_WORLD_RANK=$1"; then
      echo "$process"
      return
    fi
  done
  fail "rank $1 of $run can't be found"
}

# expect_end CODE SINCE TEXT: the job ends in time, with the exit code and one line that has TEXT.
expect_end() {
  local code=$1 since=$2 text=$3 status=0 lines
  while kill -0 "$job" 2>/dev/null; do
    if ((SECONDS - since > limit + 10)); then
      kill -KILL "$job"
      fail "$run still hangs after $((SECONDS - since)) s: $(cat "$run.log")"
    fi
    sleep 0.1
  done
  wait "$job" || status=$?
  echo "$run: ended after $((SECONDS - since)) s, exit $status: $(said "$run.log" | grep -m 1 "$text" || true)"
  [[ $status -eq $code ]] || fail "$run: exit $status, expected $code: $(cat "$run.log")"
  said "$run.log" | grep "$text" >/dev/null || fail "$run doesn't say $text: $(cat "$run.log")"
  lines=$(said "$run.log" | grep -c '^lockstep: ' || true)
  [[ $lines -le 1 ]] || fail "$run has more than one line: $(cat "$run.log")"
}

host=$(uname -n)
for layout in "1 0" "0 0" "2 1"; do
  read -r rank a_node <<<"$layout"
  start "stopped-$rank-$a_node" --set "compute.ranks_a_node=$a_node"
  await_updates 20
  kill -STOP "$(process_of "$rank")"
  expect_end 4 "$SECONDS" "^lockstep: rank $rank on host $host has made no progress for .* s: its process doesn't run.*waits for it at update [1-9][0-9]* in "
done

start killed
await_updates 20
kill -KILL "$(process_of 1)"
expect_end 137 "$SECONDS" "process rank 1 "
grep -aq "signal 9" killed.log || fail "killed doesn't say signal 9: $(cat killed.log)"  # Open MPI 5 has it on a line of its own

start mpirun-killed
await_updates 20
others=$(processes)
kill -KILL "$job"
wait "$job" 2>/dev/null || true
since=$SECONDS
while (for process in $others; do kill -0 "$process" 2>/dev/null && exit 0; done; exit 1); do
  ((SECONDS - since <= limit + 10)) || fail "ranks outlive mpirun: $(cat mpirun-killed.log)"
  sleep 0.1
done
echo "mpirun-killed: its ranks ended after $((SECONDS - since)) s"

# A disk that never answers, while a checkpoint is written and when the log is opened.
environment=("LD_PRELOAD=$blocked_disk" LOCKSTEP_TEST_BLOCK=checkpoint-00000040)
# Whether training waits for the checkpoint, or goes on meanwhile.
start blocked-checkpoint --set training.checkpoint.every_updates=20
await_updates 40
expect_end 4 "$SECONDS" "^lockstep: rank 0 on host $host has made no progress .*its checkpoint isn't written: the disk doesn't answer; update 60, phase checkpoint"
environment=("LD_PRELOAD=$blocked_disk" LOCKSTEP_TEST_BLOCK=checkpoint-)
# Every six seconds: the second one would come later than the watchdog.
start blocked-meanwhile --set training.checkpoint.every_updates=0 --set training.checkpoint.every_minutes=0.1
await_updates 20
expect_end 4 "$SECONDS" "^lockstep: rank 0 on host $host has made no progress .*its checkpoint isn't written: the disk doesn't answer; update [1-9][0-9]*, phase [^c]"
environment=()
start blocked-checkpoint --set training.updates=60 --set training.checkpoint.every_updates=20
wait "$job" || fail "after a blocked disk: $(cat "$run.log")"
grep -q "goes on from .*checkpoint-00000020" "$run.log" || fail "after a blocked disk: $(cat "$run.log")"
[[ ! -e $run/watchdog ]] || fail "a run that ended leaves $(ls "$run/watchdog")"

mkdir blocked-log
mkfifo blocked-log/log
start blocked-log
expect_end 4 "$SECONDS" "^lockstep: rank 0 on host $host has made no progress .*update 0, phase start-up"

# Stopped for less than the limit: one rank; and for more: all of them, as a queue does that lets others in.
start paused --set training.updates=3000
await_updates 20
kill -STOP "$(process_of 1)"
sleep $((limit / 2))
kill -CONT "$(process_of 1)"
await_updates 100
# shellcheck disable=SC2046 # numbers
kill -STOP $(processes)
sleep $((limit * 2))
# shellcheck disable=SC2046
kill -CONT $(processes)
wait "$job" || fail "a pause is taken for a hang: $(cat "$run.log")"
start unpaused --set training.updates=3000
wait "$job" || fail "unpaused: $(cat "$run.log")"
digest() { "$program" inspect --digest "$1/checkpoints/checkpoint-00003000.h5"; }
[[ $(digest paused) == "$(digest unpaused)" ]] || fail "a pause changes the bits"
echo "paused: the same digest as a run that never was"

# Translations: who types may take a pause, a rank may not. What ranks tell each other lies beside the model.
model=paused/checkpoints/checkpoint-00003000.h5
run=translate
mkfifo typed
"${mpirun[@]}" -n 3 "$program" translate "$model" -i typed --batch 1 --watchdog "$limit" >translate.out 2>translate.log </dev/null &
job=$!
exec 9>typed
# await_lines N: until so many are translated.
await_lines() {
  for _ in $(seq 100); do
    [[ $(wc -l <translate.out) -lt $1 ]] || return 0
    sleep 0.1
  done
  fail "no $1 translations: $(cat translate.log)"
}
head -n 3 train.en >&9
await_lines 3
sleep $((limit * 2))
head -n 2 train.en >&9
await_lines 5
echo "translate: waits for who types"
kill -STOP "$(process_of 1)"
since=$SECONDS
head -n 2 train.en >&9
expect_end 4 "$since" "^lockstep: rank 1 on host $host has made no progress for .* s: its process doesn't run.*phase translation, .*start again (--watchdog is $limit)"
exec 9>&-
rm -r "${model%/*}/.watchdog"
"${mpirun[@]}" -n 3 "$program" align "$model" train.en train.xx --watchdog "$limit" >links 2>align.log </dev/null ||
  fail "align: $(cat align.log)"
[[ ! -e ${model%/*}/.watchdog ]] || fail "align leaves $(ls "${model%/*}/.watchdog")"

# 0: a rank may stand still for ever.
start off --set watchdog.seconds=0
await_updates 20
kill -STOP "$(process_of 1)"
sleep $((limit * 2))
kill -0 "$job" || fail "watchdog.seconds=0: $(cat "$run.log")"
kill -CONT "$(process_of 1)"
await_updates "$(($(grep -c '"kind":"update"' "$run/metrics.jsonl") + 20))"
kill -USR1 "$job"
status=0
wait "$job" || status=$?
[[ $status -eq 75 ]] || fail "USR1 after a pause: exit $status: $(cat "$run.log")"
echo "watchdog.seconds=0: waits for ever"
