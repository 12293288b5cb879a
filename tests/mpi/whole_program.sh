# What tests of the whole program under mpirun share; sourced with PROGRAM MPIRUN [MPIRUN FLAGS…] as arguments. Leaves
# $program and ${mpirun[@]}, and stands in an empty $folder that is removed at the end.
set -euo pipefail
program=$1
shift
mpirun=("$@")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "FAILED: $*"
  exit 1
}

# expect_refusal CODE TEXT COMMAND…: one line that begins with lockstep: and has TEXT, and the exit code.
expect_refusal() {
  local code=$1 text=$2 status=0
  shift 2
  "$@" >refusal.out 2>refusal.log || status=$?
  [[ $status -eq $code ]] || fail "$*: exit $status, expected $code: $(cat refusal.log)"
  [[ $(grep -c '^lockstep: ' refusal.log) -eq 1 ]] || fail "$*: not one line: $(cat refusal.log)"
  grep -q "^lockstep: .*$text" refusal.log || fail "$*: doesn't say $text: $(cat refusal.log)"
}
