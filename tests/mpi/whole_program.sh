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

# said FILE: what was printed to it. Open MPI 5 ends some of its own messages with a NUL, behind which a line of ours then stands.
said() { tr -d '\0' <"$1"; }

# expect_refusal CODE TEXT COMMAND…: one line that begins with lockstep: and has TEXT, and the exit code.
expect_refusal() {
  local code=$1 text=$2 status=0
  shift 2
  "$@" >refusal.out 2>refusal.log || status=$?
  [[ $status -eq $code ]] || fail "$*: exit $status, expected $code: $(cat refusal.log)"
  [[ $(said refusal.log | grep -c '^lockstep: ') -eq 1 ]] || fail "$*: not one line: $(cat refusal.log)"
  said refusal.log | grep "^lockstep: .*$text" >/dev/null || fail "$*: doesn't say $text: $(cat refusal.log)"
}

# make_text TRAIN VALIDATE: so many pairs in train.en and train.xx, and in val.en and val.xx: sentences of 1 to 12 words out of
# 40, which the translation has backwards.
make_text() {
  awk -v train="$1" -v all=$(($1 + $2)) 'BEGIN { srand(7); for (i = 0; i < all; ++i) { n = 1 + int(12 * rand()); s = t = "";
    for (j = 0; j < n; ++j) { w = int(40 * rand()); s = s " w" w; t = " v" w t }
    name = i < train ? "train" : "val"; print substr(s, 2) > (name ".en"); print substr(t, 2) > (name ".xx") } }'
}

# digest RUN [UPDATE]: of its checkpoint after that update.
digest() { "$program" inspect --digest "$1/checkpoints/checkpoint-$(printf %08d "${2:-30}").h5"; }
expect_equal() { [[ $1 == "$2" ]] || fail "$3: digest $1, expected $2"; }
