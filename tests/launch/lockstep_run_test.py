"""Tests of what launch/lockstep-run reads, and of how it finds and ends what an mpirun has left."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LAUNCH = Path(__file__).resolve().parents[2] / "launch"
sys.path.insert(0, str(LAUNCH))
loader = importlib.machinery.SourceFileLoader("lockstep_run", str(LAUNCH / "lockstep-run"))
spec = importlib.util.spec_from_loader("lockstep_run", loader)
lockstep_run = importlib.util.module_from_spec(spec)
sys.modules["lockstep_run"] = lockstep_run
sys.dont_write_bytecode = True
loader.exec_module(lockstep_run)
import run_hosts  # noqa: E402

PROGRAM = ["--", "lockstep", "train", "my.yaml"]


class Shards:
    """A run of so many shards."""

    def __init__(self, shards):
        self.shards = shards


def ranks(arguments, there=None, shards=64):
    """How many ranks are started when `there` of the hosts are left; all without."""
    options = lockstep_run.parse(arguments + PROGRAM, {})
    supervisor = lockstep_run.Supervisor.__new__(lockstep_run.Supervisor)
    supervisor.options, supervisor.run = options, Shards(shards)
    hosts = options.hosts or {"here": options.ranks}
    return supervisor.ranks_on({host: hosts[host] for host in there or hosts})


class HostFile(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".hosts") as file:
            file.write(text)
            file.flush()
            return run_hosts.read_hostfile(file.name)

    def test_slots_by_host_in_the_order_of_the_file(self):
        text = "# all\nnode2 slots=4\n\nnode1 max_slots=9 slots = 2  # small\nnode2 slots=1\n"
        self.assertEqual(list(self.read(text).items()), [("node2", 5), ("node1", 2)])

    def test_a_host_without_slots_is_named_with_its_line(self):
        with self.assertRaisesRegex(run_hosts.UsageError, ":2: .*node3 slots="):
            self.read("node1 slots=2\nnode3 max_slots=2\n")

    def test_a_file_without_hosts_is_refused(self):
        with self.assertRaisesRegex(run_hosts.UsageError, "names no host"):
            self.read("# nothing\n")


class CommandLine(unittest.TestCase):
    def test_what_is_not_ours_goes_to_mpirun(self):
        options = lockstep_run.parse(
            ["--bind-to", "core", "--restarts", "3", "-np", "4", "--mca", "plm_rsh_agent", "ssh -F x", "-x", "A"] + PROGRAM, {})
        self.assertEqual(options.mpirun, ["--bind-to", "core", "--mca", "plm_rsh_agent", "ssh -F x", "-x", "A"])
        self.assertEqual((options.restarts, options.ranks, options.agent), (3, 4, "ssh -F x"))
        self.assertEqual(options.program, PROGRAM[1:])

    def test_hosts_by_list(self):
        options = lockstep_run.parse(["-H", "a:2,b,a"] + PROGRAM, {})
        self.assertEqual(options.hosts, {"a": 3, "b": 1})

    def test_hosts_of_a_slurm_job(self):
        with tempfile.TemporaryDirectory() as folder:
            scontrol = Path(folder) / "scontrol"
            scontrol.write_text('#!/bin/sh\n[ "$*" = "show hostnames n[1-4]" ] && printf "n%d\\n" 1 2 3 4\n')
            scontrol.chmod(0o755)
            path = os.environ["PATH"]
            os.environ["PATH"] = f"{folder}:{path}"
            try:
                options = lockstep_run.parse(PROGRAM, {"SLURM_JOB_NODELIST": "n[1-4]", "SLURM_TASKS_PER_NODE": "8(x3),2"})
            finally:
                os.environ["PATH"] = path
        self.assertEqual(options.hosts, {"n1": 8, "n2": 8, "n3": 8, "n4": 2})
        self.assertTrue(options.agent.startswith("srun"))

    def test_ranks_fill_the_slots_that_are_left(self):
        hosts = ["--host", "a:4,b:4,c:2"]
        self.assertEqual(ranks(hosts), 10)
        self.assertEqual(ranks(hosts, ["a", "c"]), 6)
        self.assertEqual(ranks(hosts + ["-n", "5"]), 5)
        self.assertEqual(ranks(hosts + ["-n", "5"], ["b"]), 4)
        self.assertEqual(ranks(hosts, shards=8), 8)
        self.assertEqual(ranks(["-n", "9"], shards=8), 8)

    def test_more_ranks_than_slots_stay_in_proportion(self):
        hosts = ["--host", "a:1,b:1", "-n", "5", "--oversubscribe"]
        self.assertEqual(ranks(hosts), 5)
        self.assertEqual(ranks(hosts, ["a"]), 3)


class Sweep(unittest.TestCase):
    def test_only_processes_with_the_id_are_ended(self):
        with_id = {**os.environ, "OMPI_MCA_lockstep_run": "lockstep-run-0123"}
        rank = subprocess.Popen(["sleep", "60"], env=with_id)
        daemon = subprocess.Popen(["sh", "-c", "sleep 60; :", "lockstep-run-0123"])
        other = subprocess.Popen(["sleep", "60"], env={**os.environ, "OMPI_MCA_lockstep_run": "lockstep-run-0124"})
        try:
            answers = run_hosts.ask_hosts(["localhost"], "false", f"id=lockstep-run-0123\n{run_hosts.SWEEP}")
            self.assertRegex(answers["localhost"], r"lockstep-run-swept 2\n")
            self.assertEqual([rank.wait(5), daemon.wait(5)], [-9, -9])
            self.assertIsNone(other.poll())
        finally:
            for process in (rank, daemon, other):
                process.kill()
                process.wait()

    def test_a_host_that_does_not_answer_is_none(self):
        self.assertEqual(run_hosts.ask_hosts(["no-such-host.invalid"], "false", "echo here\n"), {"no-such-host.invalid": None})


if __name__ == "__main__":
    unittest.main()
