"""Tests of tests/bench/compare_with_pytorch with programs that only write down how they were called."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "compare_with_pytorch"
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("compare_with_pytorch", str(SCRIPT))
compare = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(compare)

# The n-th bench has 300, 200, 100 … words a second; the peer always 100.
LOCKSTEP = """#!/bin/sh
echo "lockstep $OMP_NUM_THREADS $OPENBLAS_CORETYPE $*" >>calls
[ "$1" = prepare ] && exit 0
n=$(grep -c '^lockstep [^ ]* [^ ]* bench' calls)
echo "{\\"words_per_second\\": $((400 - 100 * n)), \\"floor_reached\\": 0.5, \\"processor_share\\": 1}"
"""
MPIRUN = """#!/bin/sh
echo "mpirun $*" >>calls
shift 3
exec "$@"
"""
PEER = """
import sys
open("calls", "a").write("peer " + " ".join(sys.argv[1:]) + "\\n")
print("torch, target words/s 100")
"""


class FillersTest(unittest.TestCase):
    def test_a_text_with_too_few_words_gets_lines_of_new_ones_on_both_sides(self):
        source, target = compare.with_fillers(["a b", "b c"], ["x", "x y"], 30)
        self.assertEqual(source[:2], ["a b", "b c"])
        self.assertEqual(target[:2], ["x", "x y"])
        self.assertEqual(len(source), len(target))
        for lines in (source, target):
            self.assertGreaterEqual(len({word for line in lines for word in line.split()}), 30)
        self.assertEqual(compare.with_fillers(["a b"], ["c d"], 2), (["a b"], ["c d"]))


class ComparisonTest(unittest.TestCase):
    def compare(self, *flags):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "source").write_text("a b\n")
            (folder / "target").write_text("c d\n")
            (folder / "peer.py").write_text(PEER)
            for program, text in (("lockstep", LOCKSTEP), ("mpirun", MPIRUN)):
                (folder / program).write_text(text)
                (folder / program).chmod(0o755)
            command = [sys.executable, SCRIPT, "peer.py", "source", "target", "--lockstep", "./lockstep", *flags]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
            return done.stdout, (folder / "calls").read_text().splitlines()

    def test_both_sides_run_in_turn_with_the_same_sizes_and_the_medians_are_printed(self):
        output, calls = self.compare("--times", "3", "--coretype", "Haswell", "--set", "compute.gemm=openblas")
        self.assertEqual([call.split()[0] for call in calls], ["lockstep"] + 3 * ["lockstep", "peer"])
        self.assertTrue(calls[1].startswith("lockstep 1 Haswell bench "))
        self.assertIn("multi30k.yaml", calls[1])
        self.assertIn("--set training.shards=1 --set compute.precision=float32 --set compute.gemm=openblas", calls[1])
        self.assertIn("--vocab 8000 --emb 256 --hidden 512 --attention 512 --maxout 256 --batch 64", calls[2])
        self.assertNotIn("--bf16", calls[2])
        self.assertEqual(output.splitlines()[-1].split(), ["median", "200", "100", "2.000"])

    def test_the_paper_s_sizes_bfloat16_and_two_ranks_reach_both_sides(self):
        flags = ["--sizes", "paper", "--precision", "bfloat16", "--ranks", "2", "--mpirun", "./mpirun -x"]
        _, calls = self.compare("--times", "1", "--updates", "9", *flags)
        self.assertIn("-x -n 2 ./lockstep bench", calls[1])
        self.assertIn("paper.yaml", calls[2])
        self.assertIn("--set training.shards=2 --set compute.precision=bfloat16", calls[2])
        self.assertIn("--updates 9", calls[2])
        self.assertIn("--vocab 30000 --emb 620 --hidden 1000 --attention 1000 --maxout 500 --batch 160", calls[3])
        self.assertIn("--updates 9 --warmup 5 --world 2 --bf16", calls[3])


if __name__ == "__main__":
    unittest.main()
