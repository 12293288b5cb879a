#!/usr/bin/env bash
# lockstep-run on this host: what it does about a killed rank, one that hangs, an mpirun that hangs, signals, errors that a
# restart can't help, and errors that never end. Training ends in the digest of a run that was left alone.
#
#   lockstep_run_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/mpi/whole_program.sh
source "$tests/mpi/whole_program.sh"
# shellcheck source=tests/hosts/small_run.sh
source "$tests/hosts/small_run.sh"
supervise=("$tests/../launch/lockstep-run" --pause 0.2 "${mpirun[@]:1}")
make_run 10
# The name of our own program, so that its processes can be told from all others.
ln -s "$program" "$folder/lockstep"
program=$folder/lockstep

new_run alone
"$program" train run.yaml --set run=alone >alone.log 2>&1 || fail "alone: $(cat alone.log)"
expected=$(digest alone)

# supervised RUN RANKS [OPTIONS… -- TRAIN'S ARGUMENTS…]: in the background; its process is $supervisor.
supervised() {
  local run=$1 ranks=$2 options=()
  shift 2
  while [[ $# -gt 0 && $1 != -- ]]; do
    options+=("$1")
    shift
  done
  [[ -e $run/corpus.h5 ]] || new_run "$run"
  # A shell that isn't interactive makes background programs ignore SIGINT; lockstep-run takes it all the same.
  "${supervise[@]}" -n "$ranks" "${options[@]}" -- "$program" train run.yaml --set "run=$run" "${@:2}" >>"$run.log" 2>&1 </dev/null &
  supervisor=$!
}
# ended RUN CODE: it returns that.
ended() {
  local status=0
  wait "$supervisor" || status=$?
  [[ $status -eq $2 ]] || fail "$1: exit $status, expected $2: $(cat "$1.log")"
}
ranks() { pgrep -f "^$program train" || true; }
nothing_left() {
  local i
  for ((i = 0; i < 50; ++i)); do
    [[ -n $(ranks) ]] || return 0
    sleep 0.1
  done
  fail "$1: ranks are left: $(ranks)"
}
logged() { said "$1.log" | grep -E "^lockstep-run: .*$2" >/dev/null || fail "$1 doesn't say '$2': $(cat "$1.log")"; }
starts() { said "$1.log" | grep -c "^lockstep-run: .* starting " || true; }
same() { expect_equal "$(digest "$1")" "$expected" "$1"; }

# A rank is killed, twice, and the second time on other ranks than it began with.
supervised killed 2
wait_for_update killed 7
kill -KILL "$(ranks | tail -n 1)"
wait_for_update killed 13
kill -KILL "$(ranks | head -n 1)"
ended killed 0
same killed
logged killed "a rank was killed \(SIGKILL\); restart 1 of at most 10 without a new checkpoint in 0.2 s"
logged killed "starting 2 ranks; newest checkpoint checkpoint-0000001"
[[ $(starts killed) -eq 3 ]] || fail "killed: $(cat killed.log)"
! grep -q "restart 2" killed.log || fail "a restart counts though there was a new checkpoint: $(cat killed.log)"
nothing_left killed
echo "two killed ranks: the same"

# Its kin is stopped and never answers: the run stalls. Or mpirun itself does.
supervised stalled 2 --stall-seconds 4
wait_for_update stalled 7
kill -STOP "$(ranks | tail -n 1)"
ended stalled 0
same stalled
logged stalled "metrics.jsonl hasn't grown for 4 s; restart 1"
nothing_left stalled
supervised hung 2 --stall-seconds 4
wait_for_update hung 7
mpirun_process=$(pgrep -P "$supervisor")
kill -STOP "$mpirun_process"
for rank in $(ranks); do kill -STOP "$rank"; done
ended hung 0
same hung
logged hung "metrics.jsonl hasn't grown for 4 s; restart 1"
nothing_left hung
echo "a rank and an mpirun that hang: the same"

for name in USR1 USR2 TERM INT HUP; do
  run=stopped-$name
  supervised "$run" 2
  wait_for_update "$run" 7
  kill -"$name" "$supervisor"
  ended "$run" 75
  logged "$run" "SIG$name: stopping after a checkpoint"
  [[ $(starts "$run") -eq 1 ]] || fail "$run: started again: $(cat "$run.log")"
  last=$(find "$run/checkpoints" -name 'checkpoint-*.h5' | sort | tail -n 1)
  ! ls "$run"/checkpoints/*30.h5 >/dev/null 2>&1 || fail "$run: it didn't stop"
  grep -q "stopped by a signal after update $((10#${last: -11:8}))[,;]" "$run.log" || fail "$run: no checkpoint: $(cat "$run.log")"
  nothing_left "$run"
done
supervised stopped-USR1 3
ended stopped-USR1 0
same stopped-USR1
# While nobody runs yet, and between two starts.
supervised early 2
sleep 0.3
kill -USR1 "$supervisor"
ended early 75
nothing_left early
supervised twice 2
wait_for_update twice 7
for rank in $(ranks); do kill -STOP "$rank"; done
kill -INT "$supervisor"
sleep 1.5
kill -INT "$supervisor"
ended twice 130
logged twice "stopped at once"
nothing_left twice
# Killed itself, it takes all with it.
supervised orphaned 2
wait_for_update orphaned 7
kill -KILL "$supervisor"
wait "$supervisor" 2>/dev/null || true
nothing_left orphaned
supervised orphaned 2
ended orphaned 0
same orphaned
echo "signals: a checkpoint, exit code 75, and the same when it is started again"

# --fresh --force counts once, or a restart would begin anew again.
supervised fresh 2 -- --set training.updates=10
ended fresh 0
supervised fresh 2 -- --fresh --force
wait_for_update fresh 12
kill -KILL "$(ranks | tail -n 1)"
ended fresh 0
same fresh
grep -q "starting 2 ranks; newest checkpoint checkpoint-000000\(10\|15\)" fresh.log || fail "fresh: $(cat fresh.log)"

# What a restart can't help.
supervised wrong 2 -- --set training.shard=4
ended wrong 2
[[ $(starts wrong) -eq 0 ]] || fail "wrong: $(cat wrong.log)"
supervised fresh 2 -- --set training.shards=4
ended fresh 2
logged fresh "exit code 2: a restart can't help"
new_run damaged
truncate -s -1 damaged/corpus.h5
supervised damaged 2
ended damaged 3
[[ $(starts damaged) -eq 1 ]] || fail "damaged: $(cat damaged.log)"
supervised many 9
ended many 0
same many
logged many "starting 8 ranks"
for arguments in "-n 2 $program train run.yaml" "-n 2 -- $program translate x" "-- $program train run.yaml" "--hostfile absent -- $program train x" "-n two -- $program train x" "-n 2 -- no-such-program train x"; do
  status=0
  read -r -a words <<<"$arguments"
  "${supervise[@]}" "${words[@]}" >usage.log 2>&1 || status=$?
  [[ $status -eq 2 && $(grep -c '^lockstep-run: ' usage.log) -eq 1 ]] || fail "$arguments: exit $status: $(cat usage.log)"
done
echo "usage, configuration and data: no restart"

# A program that fails each time, and one that saves a checkpoint before it does; both know nothing of MPI.
cat >failing <<'SH'
#!/bin/sh
if [ "$3" = --print-configuration ]; then
  printf 'run: %s\ntraining:\n  shards: 4\n' "$2"
  exit 0
fi
mkdir -p "$2/checkpoints"
starts=$(cat "$2/starts" 2>/dev/null || echo 0)
echo $((starts + 1)) >"$2/starts"
if [ "$2" = saving ]; then
  [ "$starts" -lt 5 ] || { echo "2015-05-19 12:00:00 done (training.updates reached): update 5" >>"$2/log"; exit 0; }
  : >"$2/checkpoints/checkpoint-0000000$starts.h5"
fi
exit 4
SH
chmod +x failing
fails() { "${supervise[@]}" --restarts 3 --max-pause 0.5 -n 1 -- ./failing train "$1" >"$1.log" 2>&1; }
status=0
fails failing-run || status=$?
[[ $status -eq 4 && $(cat failing-run/starts) -eq 4 ]] || fail "exit $status: $(cat failing-run.log)"
for line in "restart 1 .* in 0.2 s" "restart 2 .* in 0.4 s" "restart 3 .* in 0.5 s"; do logged failing-run "$line"; done
said failing-run.log | tail -n 1 | grep -q "^lockstep-run: .*giving up: .*exit code 4.* 3 restarts.*there is no checkpoint.*start the same" ||
  fail "the last line: $(tail -n 1 failing-run.log)"
fails saving || fail "new checkpoints don't count: $(cat saving.log)"
[[ $(cat saving/starts) -eq 6 ]] || fail "saving: $(cat saving.log)"
# mpirun that says all went well where nothing is done, as Open MPI 5's may when it loses a host.
sed 's/^exit 4$/exit 0/' failing >silent
chmod +x silent
status=0
"${supervise[@]}" --restarts 2 --max-pause 0.5 -n 1 -- ./silent train silent-run >silent-run.log 2>&1 || status=$?
[[ $status -eq 4 && $(cat silent-run/starts) -eq 3 ]] || fail "exit $status: $(cat silent-run.log)"
logged silent-run "exit code 0, but training hasn't come to its end; restart 1 "
echo "errors that don't end: it gives up, unless there are new checkpoints"
