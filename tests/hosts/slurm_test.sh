#!/usr/bin/env bash
# Slurm itself on two test hosts, with munge and a configuration of the test's own: launch/lockstep.sbatch gets USR1, as at the end of
# its time, is preempted by a job that matters more, loses a rank, and still ends in the digest of a run that was left alone.
#
#   slurm_test.sh PROGRAM MPIRUN [MPIRUN FLAGS…]
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=tests/mpi/whole_program.sh
source "$tests/mpi/whole_program.sh"
# shellcheck source=tests/hosts/hosts.sh
source "$tests/hosts/hosts.sh"
# shellcheck source=tests/hosts/small_run.sh
source "$tests/hosts/small_run.sh"
for tool in slurmctld slurmd munged sbatch scontrol; do
  command -v "$tool" >/dev/null || [[ -x /usr/sbin/$tool ]] ||
    skipped "there is no $tool (launch/install-packages --all-tests brings Slurm)"
done
make_hosts 2
make_run 10
new_run alone
"$program" train run.yaml --set run=alone >alone.log 2>&1 || fail "alone: $(cat alone.log)"
expected=$(digest alone)

mkdir -p slurm/munge slurm/state
chmod 700 slurm/munge
dd if=/dev/urandom of=slurm/munge/key bs=1 count=1024 status=none
chmod 600 slurm/munge/key
cat >slurm/slurm.conf <<CONFIG
ClusterName=test
SlurmctldHost=node1($network.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/slurm/munge/socket
CredType=cred/munge
SlurmctldPort=6817
SlurmdPort=6818
StateSaveLocation=$folder/slurm/state
SlurmdSpoolDir=$folder/slurm/%n
SlurmctldPidFile=$folder/slurm/slurmctld.pid
SlurmdPidFile=$folder/slurm/%n.pid
SlurmctldLogFile=$folder/slurm/slurmctld.log
SlurmdLogFile=$folder/slurm/%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
KillWait=5
ReturnToService=2
MpiDefault=none
NodeName=node1 NodeAddr=$network.1 CPUs=2 Sockets=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=100
NodeName=node2 NodeAddr=$network.2 CPUs=2 Sockets=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=100
PartitionName=low Nodes=node1,node2 Default=yes PriorityTier=1 PreemptMode=REQUEUE GraceTime=60
PartitionName=high Nodes=node1,node2 PriorityTier=2 PreemptMode=OFF
CONFIG
# Never used, with these plugins; but slurmd looks for one that it likes, and not every machine has it mounted.
echo "CgroupPlugin=cgroup/v1" >slurm/cgroup.conf
mkdir -p slurm/node1 slurm/node2
export SLURM_CONF=$folder/slurm/slurm.conf

on node1 /usr/sbin/munged --force --num-threads=2 --key-file="$folder/slurm/munge/key" --socket="$folder/slurm/munge/socket" \
  --pid-file="$folder/slurm/munge/pid" --log-file="$folder/slurm/munge/log" --seed-file="$folder/slurm/munge/seed" \
  >slurm/munged.out 2>&1 || fail "munged: $(cat slurm/munged.out slurm/munge/log)"
on node1 /usr/sbin/slurmctld || fail "slurmctld: $(cat slurm/slurmctld.log)"
for node in node1 node2; do on "$node" /usr/sbin/slurmd -N "$node" || fail "slurmd: $(cat "slurm/$node.log")"; done
for ((i = 0; i < 300; ++i)); do
  [[ $(on node1 sinfo -h -p low -t idle -o %D 2>/dev/null) == 2 ]] && break
  sleep 0.1
done
[[ $i -lt 300 ]] || fail "Slurm doesn't come up: $(on node1 sinfo -N -l; tail -n 5 slurm/*.log)"

# submit [OPTIONS…] COMMAND…: a job's number.
submit() { on node1 sbatch --parsable --nodes=2 --ntasks=4 "$@"; }
state() { on node1 scontrol show job "$1" | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p'; }
# wait_for SECONDS WHAT COMMAND…: until it succeeds.
wait_for() {
  local i tries=$((5 * $1)) what=$2
  shift 2
  for ((i = 0; i < tries; ++i)); do
    "$@" && return
    sleep 0.2
  done
  fail "$what doesn't come: $(cat train.out; on node1 scontrol show job "$job"; tail -n 20 slurm/slurmctld.log)"
}
is() { [[ $(state "$2") == "$1" ]]; }
told() { [[ $(grep -c "$2" train.out 2>/dev/null) -ge $1 ]]; }
at_update() { grep -q "\"update\":$1," run/metrics.jsonl 2>/dev/null; }
# A job that was requeued waits for two minutes; this test only until its hosts take a new start for one.
soon() {
  wait_for 60 "the requeued job" is PENDING "$job"
  on node1 scontrol update jobid="$job" StartTime=now+4
}

new_run run
export LOCKSTEP_FOLDER=$tests/.. LOCKSTEP_PROGRAM=$program LOCKSTEP_RUN_OPTIONS="--pause 1 ${mpirun[*]:1} ${over_net[*]:3}"
job=$(submit --time=10 --output=train.out "$tests/../launch/lockstep.sbatch" run.yaml --set run=run)
wait_for 120 "update 6" at_update 6
grep -q "starting 4 ranks on 2 hosts: node1, node2; no checkpoint yet" train.out || fail "not by Slurm's hosts: $(cat train.out)"
[[ $(processes node1 "^$program train") -eq 2 && $(processes node2 "^$program train") -eq 2 ]] || fail "not two ranks a host"
on node1 scancel --batch --signal=USR1 "$job"
wait_for 60 "the requeue" told 1 "lockstep.sbatch: job $job queues again"
grep -q "stopped by a signal after update" train.out || fail "no checkpoint: $(cat train.out)"
soon
echo "USR1: a checkpoint, and in the queue again"

# A rank that dies is the supervisor's affair, not Slurm's.
wait_for 120 "update 13" at_update 13
on node2 kill -KILL "$(on node2 pgrep -of "^$program train")"
wait_for 60 "a restart" told 1 "a rank was killed (SIGKILL); restart 1"

wait_for 120 "update 18" at_update 18
other=$(submit --partition=high --time=1 --output=other.out --wrap "echo here")
wait_for 120 "the second requeue" told 2 "lockstep.sbatch: job $job queues again"
wait_for 60 "the job that matters more" is COMPLETED "$other"
soon
echo "preempted: the same"

wait_for 180 "the end" is COMPLETED "$job"
on node1 scontrol show job "$job" | grep -q "Restarts=2 .*ExitCode=0:0" || fail "$(on node1 scontrol show job "$job")"
expect_equal "$(digest run)" "$expected" "under Slurm"
for node in node1 node2; do
  [[ $(processes "$node" "orted|^$program train") -eq 0 ]] || fail "on $node are left: $(on "$node" ps ax)"
done
echo "under Slurm, queued again twice: $expected"
