# Test hosts: network namespaces of this machine that behave like hosts of a cluster. Sourced by a test that stands in an
# empty $folder, after tests/mpi/whole_program.sh.
#
#   make_hosts N            node1 … nodeN: own name, processes, /dev/shm, network link of 1 Gbit/s and sshd
#   on NODE COMMAND…        runs a command there, with the caller's environment
#   unplug NODE             takes its network link down; plug NODE brings it back
#   kill_host NODE          kills all of its processes at once, sshd too
#   start_host NODE         after kill_host: it is there again
#   processes NODE TEXT     how many processes there have TEXT in their command line
#
# They share this machine's disk, as hosts of a cluster share a file system. Leaves ${net}, their network,
# ${over_net[@]}, mpirun's flags that start ranks over ssh and keep their messages on it, and ${by_slots[@]}, mpirun with
# flags by which each host gets as many ranks as it has slots. Exits with $skip, and says why,
# where hosts can't be made. All are gone when the test ends.

skip=77

# Ends the test as skipped: ctest shows it as such (SKIP_RETURN_CODE).
skipped() {
  echo "skipped: $*"
  exit $skip
}

# Names and addresses of this run alone: a number that no other run uses at this time.
hosts_id=""
hosts_made=()

remove_hosts() {
  local node
  for node in "${hosts_made[@]}"; do
    kill_host "$node"
    ip netns delete "$hosts_id-$node" 2>/dev/null || true
    # A namespace in which a connection still lives goes later, and its link with it.
    ip link delete "${hosts_id}p${node#node}" 2>/dev/null || true
  done
  if [[ -n $hosts_id ]]; then
    ip link delete "$hosts_id" 2>/dev/null || true
    rmdir "$hosts_lock" 2>/dev/null || true
  fi
}

make_hosts() {
  local n=$1 tool number node i
  [[ $(id -u) -eq 0 ]] || skipped "test hosts need root, to make network namespaces"
  for tool in ip tc unshare nsenter setsid ssh ssh-keygen /usr/sbin/sshd; do
    command -v "$tool" >/dev/null || skipped "there is no $tool (Debian packages iproute2 and openssh-server)"
  done
  trap 'remove_hosts; rm -rf "$folder"' EXIT
  trap 'exit 1' INT TERM HUP
  for ((number = 1; number < 250; ++number)); do
    hosts_lock=/run/lock/lockstep-test-hosts-$number
    if mkdir "$hosts_lock" 2>/dev/null; then
      if ! ip link show "lsth$number" >/dev/null 2>&1; then
        hosts_id=lsth$number
        break
      fi
      rmdir "$hosts_lock"
    fi
  done
  [[ -n $hosts_id ]] || skipped "all numbers of test hosts are taken: remove /run/lock/lockstep-test-hosts-*"
  # A range that RFC 2544 sets apart for tests of networks.
  network=198.18.$number
  net=$network.0/24
  ip link add "$hosts_id" type bridge 2>hosts.log || skipped "no bridge can be made here: $(head -n 1 hosts.log)"
  ip link set "$hosts_id" up

  mkdir -p hosts/etc
  chmod 700 hosts
  ssh-keygen -q -t ed25519 -N '' -f hosts/etc/host_key
  ssh-keygen -q -t ed25519 -N '' -f hosts/etc/user_key
  cp hosts/etc/user_key.pub hosts/etc/authorized_keys
  cat >hosts/etc/sshd_config <<CONFIG
HostKey $folder/hosts/etc/host_key
AuthorizedKeysFile $folder/hosts/etc/authorized_keys
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
StrictModes no
PrintMotd no
MaxStartups 100
CONFIG
  cat >hosts/etc/ssh_config <<CONFIG
Host node*
  User root
  IdentityFile $folder/hosts/etc/user_key
  IdentitiesOnly yes
  UserKnownHostsFile $folder/hosts/etc/known_hosts
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
CONFIG
  cp /etc/hosts hosts/etc/hosts
  for ((i = 1; i <= n; ++i)); do
    echo "$network.$i node$i" >>hosts/etc/hosts
    echo "node$i,$network.$i $(cut -d' ' -f1,2 hosts/etc/host_key.pub)" >>hosts/etc/known_hosts
  done
  for ((i = 1; i <= n; ++i)); do
    node=node$i
    hosts_made+=("$node")
    ip netns add "$hosts_id-$node" 2>hosts.log || skipped "no network namespace can be made here: $(head -n 1 hosts.log)"
    ip link add "${hosts_id}p$i" type veth peer name eth0 netns "$hosts_id-$node"
    # What the host sends passes the limit at its own end, what it gets at the bridge's.
    limit dev "${hosts_id}p$i"
    ip -n "$hosts_id-$node" link set lo up
    ip -n "$hosts_id-$node" address add "$network.$i/24" dev eth0
    ip -n "$hosts_id-$node" link set eth0 up
    limit -n "$hosts_id-$node" dev eth0
    ip link set "${hosts_id}p$i" master "$hosts_id" up
    start_host "$node"
  done
  # Slots say where ranks go; told to oversubscribe, Open MPI 5 would fill one host's cores before the next.
  by_slots=()
  for ((i = 0; i < ${#mpirun[@]}; ++i)); do
    if [[ ${mpirun[i]} != --oversubscribe ]]; then by_slots+=("${mpirun[i]}"); fi
  done
  by_slots+=(--bind-to none)
  ssh_to=(ssh -F "$folder/hosts/etc/ssh_config")
  over_net=(--mca plm_rsh_agent "ssh -F $folder/hosts/etc/ssh_config" --mca btl tcp,vader,self --mca btl_tcp_if_include "$net"
    --mca oob_tcp_if_include "$net")
}

# limit [-n NAMESPACE] dev DEVICE: 1 Gbit/s.
limit() {
  local namespace=()
  if [[ $1 == -n ]]; then
    namespace=(-n "$2")
    shift 2
  fi
  tc "${namespace[@]}" qdisc add "$@" root tbf rate 1gbit burst 256kb latency 50ms
}

# The host's first process: when it ends, the kernel ends all others of its process namespace.
start_host() {
  local node=$1 i
  mkdir -p "hosts/$node.tmp"
  cat >"hosts/$node.sh" <<INIT
hostname $node
mount --bind $folder/hosts/etc/hosts /etc/hosts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mkdir -p /run/sshd
export TMPDIR=$folder/hosts/$node.tmp
/usr/sbin/sshd -f $folder/hosts/etc/sshd_config -E $folder/hosts/$node.sshd.log -o SetEnv=TMPDIR=\$TMPDIR
# Orphans of the host become its children, and this waits for them all.
trap : CHLD
while :; do sleep 1000 & wait; done
INIT
  setsid --fork ip netns exec "$hosts_id-$node" unshare --uts --mount --pid --fork --kill-child --mount-proc \
    bash "hosts/$node.sh" >"hosts/$node.log" 2>&1 </dev/null
  for ((i = 0; i < 100; ++i)); do
    host_pid "$node" && grep -q "Server listening" "hosts/$node.sshd.log" 2>/dev/null && return
    sleep 0.1
  done
  skipped "$node doesn't start: $(cat "hosts/$node.log")"
}

# Leaves the host's first process in $host_pid.
host_pid() {
  local pid
  host_pid=""
  for pid in $(ip netns pids "$hosts_id-$1" 2>/dev/null); do
    if [[ $(awk '/^NSpid:/ { print $NF }' "/proc/$pid/status" 2>/dev/null) == 1 ]]; then host_pid=$pid; fi
  done
  [[ -n $host_pid ]]
}

on() {
  local node=$1
  shift
  host_pid "$node" || fail "$node isn't running"
  TMPDIR=$folder/hosts/$node.tmp nsenter --target "$host_pid" --net --uts --mount --pid --wdns="$PWD" "$@"
}
unplug() { ip link set "${hosts_id}p${1#node}" down; }
plug() { ip link set "${hosts_id}p${1#node}" up; }
kill_host() {
  if host_pid "$1"; then kill -KILL "$host_pid"; fi
  rm -f "hosts/$1.sshd.log"
  while host_pid "$1"; do sleep 0.05; done
}
processes() { on "$1" pgrep -fc -- "$2" || true; }
