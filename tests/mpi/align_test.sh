#!/usr/bin/env bash
# The program on a small text under mpirun: training that goes by BLEU, and forced alignments with the model it leaves, each the
# same on any number of ranks; bad input to align.
#
#   align_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
# shellcheck source=tests/mpi/whole_program.sh
source "$(dirname "${BASH_SOURCE[0]}")/whole_program.sh"

# Sentences of 1 to 8 words out of 30, in two spellings; the words are cut to pieces.
awk 'BEGIN { srand(5); for (i = 0; i < 500; ++i) { n = 1 + int(8 * rand()); s = t = "";
  for (j = 0; j < n; ++j) { w = int(30 * rand()); s = s " under" w; t = t " sous" w }
  name = i < 400 ? "train" : "val"; print substr(s, 2) > (name ".en"); print substr(t, 2) > (name ".fr") } }'
cat >run.yaml <<'YAML'
run: unset
corpus:
  source: train.en
  target: train.fr
  validation: {source: val.en, target: val.fr}
  vocabulary: {kind: sentencepiece, size: 45, joint: false}
model: {embedding: 16, hidden: 24, attention: 16, maxout: 12, initial: {scheme: glorot}}
training:
  shards: 4
  shard_sentences: 8
  updates: 96
  optimizer: {kind: adam, learning_rate: 0.01}
  validation: {every_updates: 32, metric: bleu, bleu: {beam: 2}}
YAML
cat >reverse.yaml <<'YAML'
run: reverse
corpus:
  source: train.fr
  target: train.en
  vocabulary: {kind: word, size: 40, joint: false}
model: {embedding: 16, hidden: 24, attention: 16, maxout: 12, initial: {scheme: glorot}}
training: {shards: 4, shard_sentences: 8, updates: 10}
YAML

for configuration in run reverse; do
  "$program" prepare $configuration.yaml --set run=$configuration >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"
done
for ranks in 1 2 3; do
  mkdir "run-$ranks"
  cp run/corpus.h5 "run-$ranks/"
  "${mpirun[@]}" -n $ranks "$program" train run.yaml --set "run=run-$ranks" >train.log 2>&1 </dev/null ||
    fail "train: $(cat train.log)"
  "$program" inspect --digest "run-$ranks/checkpoints/checkpoint-00000096.h5" >>digests
  times=$(grep -c '"bleu":' "run-$ranks/metrics.jsonl" || true)
  [[ $times -eq 3 ]] || fail "metrics.jsonl has BLEU $times times of 3"
  grep -o '"bleu":[0-9.e-]*' "run-$ranks/metrics.jsonl" | tr '\n' ' ' >>scores
  echo >>scores
done
grep -q "BLEU" train.log || fail "no BLEU in the lines of training: $(cat train.log)"
[[ $(sort -u digests | wc -l) -eq 1 ]] || fail "digests by ranks: $(cat digests)"
[[ $(sort -u scores | wc -l) -eq 1 ]] || fail "scores by ranks: $(cat scores)"
"$program" inspect run-1/checkpoints/best.h5 >inspected
grep -q "^best .*BLEU" inspected || fail "inspect says no BLEU: $(cat inspected)"
echo "BLEU while training is the same on 1, 2 and 3 ranks: $(head -1 scores)"

# What BLEU while training says is what evaluate says of translate's output.
best=run-1/checkpoints/checkpoint-00000096.h5
"$program" translate $best --beam 2 <val.en >val.out 2>translate.log || fail "translate: $(cat translate.log)"
"$program" evaluate val.out val.fr --json >score.json 2>&1 || fail "evaluate: $(cat score.json)"
/usr/bin/python3 - <<'PYTHON' || fail "BLEU while training differs from evaluate's"
import json
report = json.load(open("score.json"))
text = json.dumps(report)
metrics = [json.loads(line) for line in open("run-1/metrics.jsonl")]
bleu = [line["bleu"] for line in metrics if "bleu" in line][-1]
def numbers(node):
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from numbers(item)
    elif isinstance(node, float):
        yield node
assert any(abs(number - bleu) < 1e-4 for number in numbers(report)), (bleu, text)
PYTHON
echo "and the one that evaluate gives"

"$program" train reverse.yaml >train.log 2>&1 || fail "train: $(cat train.log)"
reverse=reverse/checkpoints/checkpoint-00000010.h5
# Blank lines, and blanks of every kind; a no-break space isn't one.
{ cat val.en; printf '\nunder1  under2\t\n\nunder3\xc2\xa0under4 under5\r\n'; } >text.en
{ cat val.fr; printf '\n sous1 sous2\nsous3\nsous3 sous4 sous5\n'; } >text.fr
for arguments in "" "--step next --end nothing" "--method threshold --threshold 0.2" "--method intersect --reverse $reverse"; do
  for ranks in 1 2 3; do
    # shellcheck disable=SC2086
    "${mpirun[@]}" -n $ranks "$program" align $best text.en text.fr $arguments --batch 7 --links "links-$ranks" \
      --alignments "alignments-$ranks.h5" >align.log 2>&1 </dev/null || fail "align: $(cat align.log)"
  done
  for ranks in 2 3; do
    cmp links-1 links-$ranks || fail "links differ on $ranks ranks with '$arguments'"
    cmp alignments-1.h5 alignments-$ranks.h5 || fail "alignments differ on $ranks ranks"
  done
  [[ $(wc -l <links-1) -eq 104 ]] || fail "$(wc -l <links-1) lines of links"
  [[ -z $(sed -n '101p;103p' links-1 | tr -d '\n') ]] || fail "empty sentences have links: $(sed -n '101p;103p' links-1)"
done
"$program" align $best text.en text.fr --subwords --alignments pieces.h5 >links 2>align.log || fail "$(cat align.log)"
/usr/bin/python3 - <<'PYTHON' || fail "the alignments aren't what they should be"
import h5py
import numpy
def matrices(name):
    file = h5py.File(name)
    texts = [[t.decode() for t in file[side]["vocabulary"][:]] for side in ("source", "target")]
    for k in range(len(file["line"])):
        sides = []
        for side, words in zip(("source", "target"), texts):
            begin = file[side]["begin"][:]
            sides.append([words[t] for t in file[side]["tokens"][begin[k] : begin[k + 1]]])
        begin = file["alpha/begin"][:]
        yield sides, file["alpha/values"][begin[k] : begin[k + 1]].reshape(len(sides[1]), len(sides[0]))
merged, pieces = list(matrices("alignments-1.h5")), list(matrices("pieces.h5"))
lines = [open(name, newline="\n").read().split("\n") for name in ("text.en", "text.fr")]
assert len(merged) == len(pieces) == 104
for k, ((sides, words), (tokens, alpha)) in enumerate(zip(merged, pieces)):
    assert abs(words.sum(1) - 1).max() < 1e-5 and abs(alpha.sum(1) - 1).max() < 1e-5
    for side in (0, 1):
        expected = [w for w in lines[side][k].replace("\t", " ").replace("\r", " ").split(" ") if w] + ["</s>"]
        assert sides[side] == expected, (sides[side], expected)
    if k >= 100:
        continue
    # Pieces to words once more, by way of two 0-1 matrices.
    def members(side):
        starts = [t.startswith("\u2581") or t == "</s>" for t in tokens[side]]
        return numpy.equal.outer(numpy.arange(len(sides[side])), numpy.cumsum(starts) - 1).astype(float)
    source, target = members(0), members(1)
    assert abs((target / target.sum(1, keepdims=True)) @ alpha @ source.T - words).max() < 1e-5
PYTHON
echo "align gives the same bytes on 1, 2 and 3 ranks, and words of the lines"

# refuses CODE TEXT ARGUMENTS…: align does, and leaves nothing half-written.
refuses() {
  local code=$1 text=$2
  shift 2
  expect_refusal "$code" "$text" "${mpirun[@]}" -n 2 "$program" align "$@" --links links.out --alignments links.h5 </dev/null
  [[ -z $(ls links.out links.h5* 2>/dev/null) ]] || fail "$*: left something half-written"
}
refuses 3 "text.en has 104 lines and val.fr has 100" $best text.en val.fr
refuses 2 "needs --reverse" $best text.en text.fr --method intersect
refuses 3 "absent" $best absent text.fr
{ head -103 text.en; printf 'caf\xe9 under3\n'; } >latin.en
refuses 3 "latin.en:104: byte 4" $best latin.en text.fr --strict
"$program" align $best latin.en text.fr >links 2>align.log || fail "align: $(cat align.log)"
grep -q "latin.en:104.*U+FFFD" align.log || fail "no message about U+FFFD: $(cat align.log)"
[[ $(wc -l <links) -eq 104 ]] || fail "$(wc -l <links) lines of links"
awk 'BEGIN { for (i = 0; i < 10000; ++i) printf "under%d ", i % 30; print "" }' >long.en
echo "sous1 sous2" >short.fr
"$program" align $best long.en short.fr >links 2>align.log || fail "align: $(cat align.log)"
grep -q "long.en:1: its last .* tokens were left out" align.log || fail "no message about a cut: $(cat align.log)"
mkdir run-none
cp run/corpus.h5 run-none/
"$program" train run.yaml --set run=run-none --set model.kind=rnnencdec --set training.updates=2 >train.log 2>&1
refuses 2 "no attention" run-none/checkpoints/checkpoint-00000002.h5 text.en text.fr
status=0
"$program" train reverse.yaml --set run=reverse --set training.validation.metric=bleu >train.log 2>&1 || status=$?
[[ $status -eq 2 ]] && grep -q "corpus.validation" train.log || fail "BLEU without text: exit $status: $(cat train.log)"
echo "refusals: one line each"
