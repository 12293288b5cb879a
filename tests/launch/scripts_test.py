"""Tests of what holds for every script: it parses, and finds its interpreter wherever that is."""

import pathlib
import shutil
import subprocess
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def scripts():
    """(file, its first line) of every shell or Python file."""
    for folder in ("launch", "tests", ".ci"):
        for file in sorted((SOURCE / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                with file.open("rb") as opened:
                    first = opened.readline(200).decode("utf-8", "replace").rstrip()
                if first.startswith("#!") or file.suffix in (".sh", ".py"):
                    yield file, first


class Scripts(unittest.TestCase):
    def test_every_script_parses(self):
        seen = 0
        for file, first in scripts():
            with self.subTest(file=str(file.relative_to(SOURCE))):
                if file.suffix == ".py" or "python" in first:
                    compile(file.read_text(encoding="utf-8"), file, "exec")
                elif shutil.which(shell := "zsh" if "zsh" in first else "bash"):
                    done = subprocess.run([shell, "-n", file], capture_output=True, text=True)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                seen += 1
        self.assertGreater(seen, 30)

    def test_every_program_is_found_by_env_and_may_be_run(self):
        for file, first in scripts():
            if first.startswith("#!") and file.suffix != ".sbatch":
                with self.subTest(file=str(file.relative_to(SOURCE))):
                    # Debian's own Python where a module of Debian's is used.
                    self.assertRegex(first, r"^#!(/usr/bin/env (bash|zsh|python3)|/usr/bin/python3)$")
                    self.assertTrue(file.stat().st_mode & 0o100, "isn't executable")


if __name__ == "__main__":
    unittest.main()
