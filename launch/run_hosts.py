"""The hosts of a run: which there are, how many ranks each has, and shell scripts run on them. For lockstep-run."""

import os
import re
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path

# A host that is there answers long before.
REACH_SECONDS = 15

# Ends what an earlier mpirun of ours has left on a host: its daemon and ranks have $id among their arguments or in their
# environment. Read from standard input, so that this shell hasn't.
SWEEP = r"""
killed=0
for round in 1 2 3; do
  found=$({ printf '%s\n' "$id" | grep -lasFf - /proc/[0-9]*/cmdline
            printf '%s\n' "$id" | grep -lasFf - /proc/[0-9]*/environ; } | cut -d/ -f3 | sort -u)
  [ -n "$found" ] || break
  for pid in $found; do kill -9 "$pid" 2>/dev/null && killed=$((killed + 1)); done
  sleep 0.2
done
echo "lockstep-run-swept $killed"
"""


class UsageError(Exception):
    """What is wrong with the command line or a host file."""


def number(option, text, kind=float):
    try:
        value = kind(text)
        if value >= 0:
            return value
    except ValueError:
        pass
    raise UsageError(f"{option} {text}: it takes a number")


def read_hostfile(name):
    """Slots by host, in the file's order."""
    hosts = {}
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"host file {name}: {error.strerror}") from error
    for at, line in enumerate(lines, 1):
        words = line.split("#")[0].replace("=", " = ").split()
        if not words:
            continue
        slots = re.search(r"\bslots = (\d+)", " ".join(words))
        if not slots:
            raise UsageError(f"{name}:{at}: say how many ranks {words[0]} runs, like: {words[0]} slots=4")
        hosts[words[0]] = hosts.get(words[0], 0) + int(slots.group(1))
    if not hosts:
        raise UsageError(f"host file {name}: it names no host")
    return hosts


def read_hostlist(text):
    hosts = {}
    for part in text.split(","):
        host, _, slots = part.partition(":")
        hosts[host] = hosts.get(host, 0) + (number("--host", slots, int) if slots else 1)
    return hosts


def slurm_hosts(environment):
    """The hosts of the Slurm job that we are in, with the tasks that it has on each."""
    names = subprocess.run(["scontrol", "show", "hostnames", environment["SLURM_JOB_NODELIST"]],
                           check=True, capture_output=True, text=True).stdout.split()
    tasks = []
    for part in environment.get("SLURM_TASKS_PER_NODE", "1").split(","):
        match = re.fullmatch(r"(\d+)(?:\(x(\d+)\))?", part)
        tasks += [int(match.group(1))] * int(match.group(2) or 1)
    return dict(zip(names, tasks))


def unblock_signals():
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def is_local(host):
    """Whether the name or address is this machine's: only then can a socket be bound to it."""
    if host in ("localhost", socket.gethostname()):
        return True
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)[0]
        with socket.socket(kind, socket.SOCK_DGRAM) as probe:
            probe.bind(address)
        return True
    except OSError:
        return False


def ask_hosts(hosts, agent, script):
    """Runs a shell script on all of them at once. By host: its output, or None where none came within REACH_SECONDS."""
    processes = {}
    for host in hosts:
        command = ([] if is_local(host) else shlex.split(agent) + [host]) + ["sh", "-s"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True, start_new_session=True, preexec_fn=unblock_signals)
        try:
            process.stdin.write(script)
            process.stdin.close()
        except BrokenPipeError:
            pass
        process.stdin = None
        processes[host] = process
    deadline = time.monotonic() + REACH_SECONDS
    answers = {}
    for host, process in processes.items():
        try:
            output, _ = process.communicate(timeout=max(0.1, deadline - time.monotonic()))
            answers[host] = output if process.returncode == 0 else None
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            answers[host] = None
    return answers
