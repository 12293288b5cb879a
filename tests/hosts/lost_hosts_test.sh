#!/usr/bin/env bash
# lockstep-run on test hosts in mid-run: one is unplugged, one is killed, a rank is killed, one comes back. It goes on with the
# others, ends in the digest of one host, and leaves no process anywhere.
#
#   lost_hosts_test.sh CASES PROGRAM MPIRUN [MPIRUN FLAGS…]     CASES: of unplugged, killed, back; or all
cases=$1
shift
[[ $cases != all ]] || cases="unplugged killed back"
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/mpi/whole_program.sh
source "$tests/mpi/whole_program.sh"
# shellcheck source=tests/hosts/hosts.sh
source "$tests/hosts/hosts.sh"
# shellcheck source=tests/hosts/small_run.sh
source "$tests/hosts/small_run.sh"
make_hosts 3
make_run 10
printf 'node%d slots=1\n' 1 2 3 >hostfile

new_run alone
"$program" train run.yaml --set run=alone >alone.log 2>&1 || fail "one host: $(cat alone.log)"
expected=$(digest alone)

# supervised RUN: in the background; its process is $supervisor.
supervised() {
  local run=$1
  new_run "$run"
  on node1 "$tests/../launch/lockstep-run" --hostfile hostfile --pause 1 --check-seconds 5 "${by_slots[@]:1}" "${over_net[@]}" \
    -- "$program" train run.yaml --set "run=$run" >"$run.log" 2>&1 </dev/null &
  supervisor=$!
}
# ended RUN: it has come to its end, in the same digest.
ended() {
  local status=0
  wait "$supervisor" || status=$?
  [[ $status -eq 0 ]] || fail "$1: exit $status: $(cat "$1.log")"
  expect_equal "$(digest "$1")" "$expected" "$1"
  said "$1.log" | grep 'lockstep-run: '
}
logged() { said "$1.log" | grep -E "lockstep-run: .*$2" >/dev/null || fail "$1 doesn't say '$2': $(cat "$1.log")"; }
# gone NODE SECONDS: no process of the program, nor a daemon of mpirun, is left there after that time at most.
gone() {
  local i
  for ((i = 0; i < 10 * $2; ++i)); do
    [[ $(processes "$1" "orted|prted|$program") -gt 0 ]] || return 0
    sleep 0.1
  done
  fail "on $1 are left: $(on "$1" ps ax)"
}

for case in $cases; do
  supervised "$case"
  wait_for_update "$case" 12
  [[ $(processes node3 "$program") -gt 0 ]] || fail "$case: node3 has no rank"
  case $case in
    unplugged)
      unplug node3
      ended unplugged
      logged unplugged "node3 was lost; restart 1 |mpirun .*restart 1 "
      logged unplugged "leaving out node3"
      logged unplugged "starting 2 ranks on 2 hosts: node1, node2; newest checkpoint checkpoint-0000001"
      plug node3
      # Its daemon sees by keep-alive that mpirun is gone, the latest two minutes after it was unplugged.
      gone node3 120
      ;;
    killed)
      kill_host node3
      ended killed
      logged killed "leaving out node3"
      logged killed "starting 2 ranks on 2 hosts"
      start_host node3
      ;;
    back)
      # A host that hung and was away while the others went on, and is there again at the next restart, with what it still runs.
      for process in $(on node3 pgrep -f "orted|^$program train"); do on node3 kill -STOP "$process"; done
      unplug node3
      for ((i = 0; i < 600; ++i)); do
        grep -aq "goes on from" back.log && break
        sleep 0.1
      done
      logged back "starting 2 ranks on 2 hosts"
      plug node3
      on node2 kill -KILL "$(on node2 pgrep -of "^$program train")"
      ended back
      logged back "node3 can be reached again"
      logged back "ended what was left on node3 \(processes: [1-9]"
      logged back "starting 3 ranks on 3 hosts"
      ;;
  esac
  for node in node1 node2 node3; do gone "$node" 1; done
  echo "$case: $expected, and no process left"
done
