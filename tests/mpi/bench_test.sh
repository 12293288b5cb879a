#!/usr/bin/env bash
# lockstep bench on a small text, alone and under mpirun: its figures hang together, the trace has every rank, and the run
# folder stays as it is.
#
#   bench_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
# shellcheck source=tests/mpi/whole_program.sh
source "$(dirname "${BASH_SOURCE[0]}")/whole_program.sh"

awk 'BEGIN { srand(3); for (i = 0; i < 300; ++i) { n = 1 + int(12 * rand()); s = "";
  for (j = 0; j < n; ++j) s = s " w" int(40 * rand());
  print substr(s, 2) > "train.en"; print substr(s, 2) > "train.xx" } }'
cat >run.yaml <<'YAML'
run: tiny
corpus: {source: train.en, target: train.xx, vocabulary: {kind: word, size: 50, joint: false}}
model: {embedding: 12, hidden: 20, attention: 18, maxout: 10}
training: {shards: 4, shard_sentences: 5}
compute: {gemm: openblas}
YAML
expect_refusal 3 "lockstep prepare run.yaml" "$program" bench run.yaml
"$program" prepare run.yaml >prepare.log 2>&1 || fail "prepare: $(cat prepare.log)"
before=$(find tiny -printf '%p %s %T@\n' | sort)

for ranks in 1 2 3; do
  "${mpirun[@]}" -n "$ranks" "$program" bench run.yaml --updates 7 --warmup 2 --json --trace "trace$ranks.json" \
    >"report$ranks.json" 2>bench.log </dev/null || fail "bench on $ranks ranks: $(cat bench.log)"
done
"$program" bench run.yaml --updates 3 --set compute.gemm=panels --json >together.json 2>bench.log ||
  fail "bench with panels: $(cat bench.log)"
"${mpirun[@]}" -n 2 "$program" bench run.yaml --updates 3 --set model.kind=rnnencdec >report.txt 2>bench.log </dev/null ||
  fail "bench: $(cat bench.log)"
for text in "target words per second" "element-wise [0-9.]* %" "slowest: rank [01]" "fastest: rank [01]"; do
  grep -q "$text" report.txt || fail "the report doesn't say $text: $(cat report.txt)"
done
[[ $(find tiny -printf '%p %s %T@\n' | sort) == "$before" ]] || fail "bench changed the run folder: $(ls -R tiny)"

/usr/bin/python3 - <<'PYTHON' || fail "the figures don't hang together"
import json

words = set()
operations = []
for ranks in [1, 2, 3]:
    report = json.load(open(f"report{ranks}.json"))
    assert report["ranks"] == ranks and report["updates"] == 7 and len(report["update_seconds"]) == 7
    words.add(report["target_words"])
    assert abs(report["words_per_second"] * report["seconds"] / report["target_words"] - 1) < 1e-9
    assert abs(sum(report["shares"].values()) - 1) < 1e-6, report["shares"]
    assert all(share >= 0 for share in report["shares"].values()), report["shares"]
    # Between the spans of an update there is next to nothing to do.
    assert report["shares"]["other"] < 0.25, report["shares"]
    assert 0 < report["floor_reached"] < 1, report["floor_reached"]
    by_rank = report["by_rank"]
    assert [rank["rank"] for rank in by_rank] == list(range(ranks))
    working = [rank["working_seconds"] for rank in by_rank]
    assert working[report["slowest_rank"]] == max(working) and working[report["fastest_rank"]] == min(working)
    for rank in by_rank:
        assert abs(sum(rank["seconds"].values()) - rank["update_seconds"]) < 1e-9
        assert rank["peak_memory_bytes"] > 1e6
        assert abs(sum(rank["floor"][part] for part in ["gemm", "optimizer", "reduction"]) - rank["floor"]["seconds"]) < 1e-12
    operations.append(sum(rank["gemm_operations"] for rank in by_rank))
    parameters = report["parameters"]
    padded = (parameters + 1023) // 1024 * 1024
    # Adam reads a gradient, and reads and writes two slots and the parameter, of each element once on some rank.
    assert sum(rank["floor"]["optimizer_bytes"] for rank in by_rank) == padded * 4 * 7
    # Three additions make one sum of four gradients, however they are dealt, where an engine takes them one by one.
    assert sum(rank["floor"]["reduction_bytes"] for rank in by_rank) == padded * 4 * 3 * 3

    trace = json.load(open(f"trace{ranks}.json"))["traceEvents"]
    assert {event["pid"] for event in trace} == set(range(ranks))
    for rank in range(ranks):
        own = [event for event in trace if event["pid"] == rank and event["ph"] == "X"]
        assert {event["cat"] for event in own} == {"gemm", "element-wise", "communication", "input", "optimizer"}
        assert all(event["ts"] >= 0 and event["dur"] >= 0 for event in own)
# Panels compute the four together.
assert [rank["floor"]["reduction_bytes"] for rank in json.load(open("together.json"))["by_rank"]] == [0]
# The work is the same whoever does it.
assert len(words) == 1, words
assert max(operations) - min(operations) < 1e-6 * max(operations), operations
PYTHON
echo "figures, trace and run folder are as they should be on 1, 2 and 3 ranks"

expect_refusal 2 "9 .*4" "${mpirun[@]}" -n 9 "$program" bench run.yaml
expect_refusal 4 "no/such/folder" "$program" bench run.yaml --trace no/such/folder/trace.json
