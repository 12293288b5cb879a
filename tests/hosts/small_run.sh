# A small text and a run of 30 updates on it, for tests of hosts; sourced after tests/mpi/whole_program.sh.
#
#   make_run [UPDATE SIZE]         run.yaml and prepared/corpus.h5; size 1: an update takes some milliseconds, 10: some 0.1 s
#   new_run RUN                    its run folder, with the corpus
#   wait_for_update RUN UPDATE     until metrics.jsonl tells of it

make_run() {
  local size=${1:-1}
  make_text 600 100
  cat >run.yaml <<YAML
run: unset
corpus:
  source: train.en
  target: train.xx
  validation: {source: val.en, target: val.xx}
  vocabulary: {kind: word, size: 50, joint: false}
model:
  embedding: $((12 * size))
  hidden: $((20 * size))
  attention: $((18 * size))
  maxout: $((10 * size))
  dropout: {embedding: 0.1, context: 0.1, output: 0.1}
training:
  shards: 8
  shard_sentences: $((5 + 2 * size))
  updates: 30
  epochs: 1000
  validation: {every_updates: 6}
  checkpoint: {every_updates: 5, keep: 9}
YAML
  "$program" prepare run.yaml --set run=prepared >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"
}

new_run() {
  mkdir -p "$1"
  cp prepared/corpus.h5 "$1/"
}

wait_for_update() {
  local tries
  for ((tries = 0; tries < 1200; ++tries)); do
    grep -q "\"update\":$2," "$1/metrics.jsonl" 2>/dev/null && return
    sleep 0.05
  done
  fail "$1 doesn't get to update $2: $(cat "$1.log")"
}
