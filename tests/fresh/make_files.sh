#!/usr/bin/env bash
# A small file of each kind, made by the program of a system so that another can read them: corpus, checkpoint, alignments,
# translations. Run in a bare root.
#
#   make_files.sh LOCKSTEP FOLDER
target=$2
set -- "$1"
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/mpi/whole_program.sh
source "$tests/mpi/whole_program.sh"

make_text 600 100
cat >run.yaml <<'YAML'
run: run
corpus:
  source: train.en
  target: train.xx
  validation: {source: val.en, target: val.xx}
  vocabulary: {kind: word, size: 50, joint: false}
model: {embedding: 16, hidden: 32, attention: 24, maxout: 16, initial: {scheme: glorot}}
# The same engine wherever this runs.
compute: {gemm: panels}
training: {shards: 8, shard_sentences: 4, updates: 100, epochs: 100, optimizer: {learning_rate: 0.004}}
YAML
"$program" prepare run.yaml >log 2>&1 || fail "prepare: $(cat log)"
"$program" train run.yaml >log 2>&1 || fail "train: $(cat log)"
mkdir "$target"
cp run.yaml train.* val.* run/corpus.h5 "$target"
cp run/checkpoints/checkpoint-00000100.h5 "$target/checkpoint.h5"
cd "$target"
"$program" translate checkpoint.h5 -i val.en -o translation.xx --alignments alignments.h5 >/tmp/log 2>&1 ||
  fail "translate: $(cat /tmp/log)"
for file in corpus checkpoint alignments; do echo "$file $("$program" inspect --digest $file.h5)"; done >digests
