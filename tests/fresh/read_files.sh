#!/usr/bin/env bash
# Reads what make_files.sh has made in another system: each file is what it was there, says something, and is used.
#
#   read_files.sh LOCKSTEP FOLDER
files=$2
set -- "$1"
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/mpi/whole_program.sh
source "$tests/mpi/whole_program.sh"

while read -r file digest; do
  got=$("$program" inspect --digest "$files/$file.h5")
  expect_equal "$got" "$digest" "$file"
  "$program" inspect "$files/$file.h5" >said || fail "inspect can't read the other system's $file"
  [[ $(wc -l <said) -gt 3 ]] || fail "inspect says little of the other system's $file: $(cat said)"
  echo "$file: $digest, $(wc -l <said) lines"
done <"$files/digests"
"$program" inspect "$files/alignments.h5" --sentence 3 --svg 3.svg >said || fail "a sentence of the other system's alignments"

"$program" translate "$files/checkpoint.h5" -i "$files/val.en" -o translation.xx --alignments alignments.h5 2>log ||
  fail "translate with the other system's checkpoint: $(cat log)"
cmp translation.xx "$files/translation.xx" || fail "the other system's checkpoint translates to something else here"
echo "translations: the same, $(wc -l <translation.xx) lines"

mkdir run
cp "$files/corpus.h5" run/
cp "$files"/{train,val}.* .
"$program" train "$files/run.yaml" --set training.updates=5 >log 2>&1 || fail "train on the other system's corpus: $(cat log)"
echo "training on its corpus: 5 updates"
