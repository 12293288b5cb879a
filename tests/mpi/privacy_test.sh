#!/usr/bin/env bash
# What lockstep leaves on disk is what the user's umask allows, and lies where the user said: in the run folder or under
# the names that were given. Temporary folders of the system are not used, and a run works without them.
#
#   privacy_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
# shellcheck source=tests/mpi/whole_program.sh
source "$(dirname "${BASH_SOURCE[0]}")/whole_program.sh"

awk 'BEGIN { srand(3); for (i = 0; i < 60; ++i) { s = t = ""; for (j = 0; j < 6; ++j) { w = int(20 * rand());
  s = s " w" w; t = " v" w t } print substr(s, 2) > "train.en"; print substr(t, 2) > "train.xx" } }'
cat >run.yaml <<'YAML'
run: run
corpus:
  source: train.en
  target: train.xx
  validation: {source: train.en, target: train.xx}
  vocabulary: {kind: word, size: 30}
model: {embedding: 8, hidden: 8, attention: 8, maxout: 4}
training:
  shards: 2
  shard_sentences: 4
  updates: 6
  validation: {every_updates: 3}
  checkpoint: {every_updates: 2, keep: 2}
YAML

# Open MPI wants a temporary folder of its own, which is gone with it. To all else there is none.
mkdir mpi-own
unset TMP TEMP TEMPDIR
mpirun+=(--mca orte_tmpdir_base "$folder/mpi-own")
export TMPDIR=/nonexistent/forbidden

# everything UMASK: all that writes, into out/.
everything() {
  umask "$1"
  rm -rf out
  mkdir out
  cp run.yaml train.en train.xx out
  cd out
  "$program" prepare run.yaml >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"
  "${mpirun[@]}" -n 2 "$program" train run.yaml >train.log 2>&1 </dev/null || fail "train: $(cat train.log)"
  "${mpirun[@]}" -n 2 "$program" translate run/checkpoints/best.h5 --alignments found.h5 <train.en >translation \
    2>translate.log || fail "translate: $(cat translate.log)"
  "$program" inspect found.h5 --page page.html >inspect.log 2>&1 || fail "inspect: $(cat inspect.log)"
  cd ..
}

# expect_modes FILES FOLDERS: what out/ holds has exactly these modes.
expect_modes() {
  local others
  others=$(find out -type f ! -perm "$1" -printf '%m %p\n'; find out -type d ! -perm "$2" -printf '%m %p\n')
  [[ -z $others ]] || fail "not of modes $1 and $2: $others"
}

# What a run consists of; a name that is new here should be looked at.
expect_names() {
  local known='run|corpus.h5|checkpoints|checkpoint-0000000[46].h5|best.h5|metrics.jsonl|log|lock|found.h5|page.html'
  local others
  others=$(find out -mindepth 1 -printf '%f\n' | grep -vE "^($known|run.yaml|train.(en|xx)|translation|[a-z]*\.log)\$" || true)
  [[ -z $others ]] || fail "left behind: $others"
}

everything 077
expect_modes 600 700
expect_names
everything 027
expect_modes 640 750
expect_names

# Nothing was made beside it: neither where the program stood nor in the temporary folder that MPI had for itself.
[[ -z $(ls mpi-own) ]] || fail "left in MPI's folder: $(ls mpi-own)"
others=$(find . -mindepth 1 -maxdepth 1 ! -name out ! -name mpi-own ! -name run.yaml ! -name 'train.??')
[[ -z $others ]] || fail "made outside: $others"
