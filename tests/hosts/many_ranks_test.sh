#!/usr/bin/env bash
# 64 ranks on this host, many more than it has cores: training starts, ends in the digest of one rank, and says at its start that
# ranks share cores.
#
#   many_ranks_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/mpi/whole_program.sh
source "$tests/mpi/whole_program.sh"
# shellcheck source=tests/hosts/small_run.sh
source "$tests/hosts/small_run.sh"
make_run

# train RANKS RUN [ARGUMENTS…]
train() {
  local ranks=$1 run=$2
  shift 2
  new_run "$run"
  "${mpirun[@]}" --bind-to none -n "$ranks" "$program" train run.yaml --set "run=$run" "$@" >"$run.log" 2>&1 </dev/null ||
    fail "$run: $(cat "$run.log")"
}
shards=(--set training.shards=64 --set training.shard_sentences=1)
train 1 one "${shards[@]}"
train 64 many "${shards[@]}"
expect_equal "$(digest many)" "$(digest one)" "64 ranks"
grep -q "ranks  *64 on " many.log || fail "not 64 ranks: $(cat many.log)"
! grep -q "warning" one.log || fail "a warning for one rank: $(cat one.log)"
if [[ $(nproc --all) -lt 32 ]]; then
  [[ $(grep -c "64 ranks share .* slots=" many.log) -eq 1 ]] || fail "no warning of shared cores: $(cat many.log)"
fi
echo "64 ranks: $(digest many)"

if [[ $(nproc) -ge 2 ]]; then
  first=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/')
  mpirun=(taskset -c "$first" "${mpirun[@]}")
  train 2 bound --set training.updates=1
  [[ $(grep -c "2 ranks are bound to 1 core.*--bind-to core" bound.log) -eq 1 ]] || fail "no warning of the binding: $(cat bound.log)"
  echo "two ranks bound to one core: a warning"
fi
