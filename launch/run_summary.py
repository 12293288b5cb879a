#!/usr/bin/env python3
"""Says in a few lines how a run went, from its metrics.jsonl: launch/run_summary.py runs/quickstart-en-fr"""

import json
import pathlib
import sys


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: launch/run_summary.py RUN_FOLDER")
    run = pathlib.Path(sys.argv[1])
    metrics = run / "metrics.jsonl"
    if not metrics.exists():
        sys.exit(f"run_summary: {metrics}: no such file; train first")
    lines = [json.loads(line) for line in metrics.read_text(encoding="utf-8").splitlines()]
    updates = [line for line in lines if line["kind"] == "update"]
    validations = [line for line in lines if line["kind"] == "validation"]
    checkpoints = sorted((run / "checkpoints").glob("checkpoint-*.h5"))
    print(f"\nSummary of {run}")
    if updates:
        seconds = sum(line["seconds"] for line in updates)
        words = sum(line["words"] for line in updates)
        print(f"  trained              {updates[-1]['update']} updates, {words:,} target words, {seconds:.0f} s")
        print(f"  speed                {words / seconds:,.0f} target words per second")
    if validations:
        first, last = validations[0], validations[-1]
        print(
            f"  held-out perplexity  {last['perplexity']:.2f} per piece after update {last['update']}"
            + (f" ({first['perplexity']:.2f} after update {first['update']})" if first is not last else "")
        )
    if checkpoints:
        print(f"  checkpoint           {checkpoints[-1]}")


if __name__ == "__main__":
    main()
