#!/usr/bin/env bash
# The program on several hosts, started over ssh, with messages by TCP: the digest and the translations of one host.
#
#   whole_run_test.sh HOSTS PROGRAM MPIRUN [MPIRUN FLAGS…]     HOSTS: how many, as in "2" or "2 3 4"
read -r -a numbers <<<"$1"
shift
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/mpi/whole_program.sh
source "$tests/mpi/whole_program.sh"
# shellcheck source=tests/hosts/hosts.sh
source "$tests/hosts/hosts.sh"
# shellcheck source=tests/hosts/small_run.sh
source "$tests/hosts/small_run.sh"
make_hosts "${numbers[-1]}"
make_run

new_run alone
"$program" train run.yaml --set run=alone >alone.log 2>&1 || fail "one host: $(cat alone.log)"
expected=$(digest alone)
cat val.en >text.en
"$program" translate alone/checkpoints/checkpoint-00000030.h5 -i text.en -o alone.xx --alignments alone.h5 2>alone.log ||
  fail "one host: $(cat alone.log)"

# across HOSTS RANKS PROGRAM ARGUMENTS…: mpirun on node1 and its neighbours, whose ranks are dealt out evenly.
across() {
  local hosts=$1 ranks=$2 i
  shift 2
  for ((i = 1; i <= hosts; ++i)); do echo "node$i slots=$(((ranks + hosts - i) / hosts))"; done >hostfile
  on node1 "${by_slots[@]}" "${over_net[@]}" --hostfile hostfile -n "$ranks" "$@"
}

for hosts in "${numbers[@]}"; do
  # As many ranks as hosts, and three on two hosts or five on three: unequal shares, and ranks that share memory.
  for ranks in "$hosts" $((2 * hosts - 1)); do
    run=hosts-$hosts-$ranks
    new_run "$run"
    across "$hosts" "$ranks" "$program" train run.yaml --set "run=$run" >"$run.log" 2>&1 || fail "$run: $(cat "$run.log")"
    names=$(seq -f "node%.0f" -s ", " "$hosts")
    grep -q "ranks  *$ranks on $names," "$run.log" || fail "$run ran elsewhere than on $names: $(cat "$run.log")"
    expect_equal "$(digest "$run")" "$expected" "$ranks ranks on $hosts hosts"
    echo "$hosts hosts, $ranks ranks: $expected"
  done
  across "$hosts" "$hosts" "$program" translate alone/checkpoints/checkpoint-00000030.h5 -i text.en -o across.xx \
    --alignments across.h5 2>across.log || fail "translate on $hosts hosts: $(cat across.log)"
  cmp alone.xx across.xx || fail "translations differ on $hosts hosts"
  cmp alone.h5 across.h5 || fail "alignments differ on $hosts hosts"
  echo "$hosts hosts: the same translations and alignments"
done
# What the test rests on: messages between hosts took their links.
for ((i = 1; i <= numbers[-1]; ++i)); do
  sent=$(on "node$i" tc -s qdisc show dev eth0 | awk '/tbf/ { tbf = 1 } tbf && /Sent/ { print $2; exit }')
  [[ $sent -gt 1000000 ]] || fail "node$i sent $sent bytes by its link, too few for gradients"
  echo "node$i sent $sent bytes"
done
