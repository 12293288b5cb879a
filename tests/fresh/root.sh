# Bare roots: what debootstrap makes of a suite, with git and certificates and nothing else. Sourced by run.
#
#   open_folder [FOLDER]             $folder, for roots; a temporary one goes away at the end
#   make_bare SUITE                  $folder/SUITE/bare, that nothing is ever run in
#   copy_bare SUITE NAME             $folder/SUITE/NAME, as bare as that
#   remove_root SUITE NAME           unless roots are kept
#   clone_into SUITE NAME [USER]     what is committed here, as ~/lockstep of that user
#   have_building SUITE              $folder/SUITE/building, with a clone of root's that may be built already
#   in_root SUITE NAME USER COMMAND… runs a command there, in the user's home
#   seen SENTENCE COMMAND…           runs it, its output to $log, and says so with the seconds that it took; or fails
#
# Nothing is mounted but in namespaces of their own, which end with their first process.

PATH=$PATH:/usr/sbin:/sbin  # debootstrap, where a user became root by su
skip=77
source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
fresh=$source_folder/tests/fresh

# Ends all as skipped: ctest shows it as such (SKIP_RETURN_CODE).
skipped() {
  echo "skipped: $*"
  exit $skip
}

fail() {
  echo "FAILED: $*"
  exit 1
}

# Where roots can be made, with the reason where not. GIB: how much room they take.
check_system() {
  local gib=$1 tool
  [[ ! -e /etc/lockstep-bare-root ]] || skipped "this is a bare root already"
  [[ $(id -u) -eq 0 ]] || skipped "bare roots need root, for debootstrap"
  for tool in debootstrap apt-config unshare pivot_root setpriv git python3; do
    command -v "$tool" >/dev/null || skipped "there is no $tool (Debian packages debootstrap, util-linux, git)"
  done
  unshare --mount --pid --fork --kill-child --mount-proc true 2>/dev/null || skipped "no namespaces can be made here"
  mirror=$("$fresh/apt_settings.py" mirror) || skipped "$mirror"
  needed_gib=$gib
}

# A folder with room, on a file system that takes devices and programs.
suits() {
  local options
  [[ -d $1 && -w $1 ]] || return 1
  options=,$(findmnt -n -o OPTIONS --target "$1"),
  [[ ! $options =~ ,(nodev|noexec|nosuid|ro), ]] || return 1
  [[ $(df --output=avail -k "$1" | tail -n 1) -ge $((needed_gib << 20)) ]]
}

open_folder() {
  local place old
  if [[ -n ${1:-} ]]; then
    mkdir -p "$1"
    suits "$1" || skipped "$1 has less than $needed_gib GiB of room, or is mounted nodev, noexec or nosuid"
    folder=$(cd "$1" && pwd)
    kept=1
  else
    kept=
    for place in ${TMPDIR:+"$TMPDIR"} /var/tmp /tmp; do
      if suits "$place"; then break; fi
      place=
    done
    [[ -n $place ]] || skipped "no temporary folder has $needed_gib GiB of room; TMPDIR may name one"
    # What a killed run has left: nobody holds its lock.
    for old in "$place"/lockstep-fresh.*; do
      if [[ -e $old/lock ]] && flock -n "$old/lock" true; then remove "$old"; fi
    done
    folder=$(mktemp -d "$place/lockstep-fresh.XXXXXX")
    trap 'close_folder' EXIT
  fi
  chmod 755 "$folder"
  exec {lock}>"$folder/lock"
  flock -n "$lock" || fail "another run works in $folder"
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# Ends what still runs in the roots, and removes them. Their processes end with the worker that started them.
close_folder() {
  if [[ -n ${worker:-} ]]; then
    kill -KILL "$worker" 2>/dev/null || true
    wait "$worker" 2>/dev/null || true
  fi
  remove "$folder"
}

# Removes a folder that nothing may be mounted in: what a mount shows would go with it.
remove() {
  local try
  if findmnt -r -n -o TARGET | awk -v folder="$1" '$0 == folder || index($0, folder "/") == 1 { found = 1 } END { exit !found }'; then
    fail "something is mounted under $1; it is left there"
  fi
  # Processes that were killed a moment ago may still make files.
  for try in 1 2 3; do
    rm -rf --one-file-system "$1" 2>/dev/null && return
    sleep "$try"
  done
  fail "$1 can't be removed: $(rm -rf --one-file-system "$1" 2>&1 | head -n 1)"
}

make_bare() {
  local suite=$1 root=$folder/$1/bare reason
  [[ ! -e $root/etc/lockstep-bare-root ]] || return 0
  mkdir -p "$folder/$suite"
  remove "$root"
  log=$folder/$suite/debootstrap.log
  # What it mounts and starts must not outlive it. --force-check-gpg: fail, don't warn, where there are no keys.
  if ! in_background unshare --mount --pid --fork --kill-child --mount-proc debootstrap --variant=minbase \
    --include=git,ca-certificates --force-check-gpg --keyring="$("$fresh/apt_settings.py" keyring)" "$suite" "$root" "$mirror" \
    >"$log" 2>&1; then
    reason=$(grep '^[EW]: ' "$log" | tail -n 1)
    if [[ $reason == *"Failed getting release"* ]]; then skipped "no mirror can be reached, or it has no $suite: $reason"; fi
    if [[ $reason == *"noexec or nodev"* ]]; then skipped "$reason"; fi
    tail -n 20 "$log"
    fail "debootstrap $suite: $reason"
  fi
  "$fresh/apt_settings.py" write "$suite" "$root"
  # Services don't start on installation: their ports are this system's.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 755 "$root/usr/sbin/policy-rc.d"
  # Nobody needs a root that outlives a loss of power.
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
  touch "$root/etc/lockstep-bare-root"
}

copy_bare() {
  remove_now "$1" "$2"
  cp -a --reflink=auto "$folder/$1/bare" "$folder/$1/$2"
}
remove_now() { if [[ -e $folder/$1/$2 ]]; then remove "$folder/$1/$2"; fi; }
remove_root() { if [[ -z $kept ]]; then remove_now "$1" "$2"; fi; }

# A real clone of a real repository, as a user would make; never the work tree, which has more than is committed.
clone_into() {
  local suite=$1 name=$2 user=${3:-root} home
  home=$(in_root "$suite" "$name" "$user" pwd)
  rm -rf "$folder/$suite/$name$home/lockstep"
  give_repository "$suite" "$name" "$user" "$home"
  in_root "$suite" "$name" "$user" git -c advice.detachedHead=false clone -q lockstep.git lockstep
}
give_repository() {
  local repository=$folder/$1/$2$4/lockstep.git
  rm -rf "$repository"
  git clone -q --bare --no-local "$source_folder" "$repository"
  in_root "$1" "$2" root chown -R "$3:" "$4/lockstep.git"
}

have_building() {
  local suite=$1
  if [[ -e $folder/$suite/building/root/lockstep/.git ]]; then
    # Kept from an earlier run, with what was committed then.
    give_repository "$suite" building root /root
    in_root "$suite" building root bash -euc 'cd lockstep && git fetch -q origin HEAD && git reset -q --hard FETCH_HEAD'
  else
    copy_bare "$suite" building
    clone_into "$suite" building
  fi
}

# Waits for a command in such a way that signals are handled at once; it ends when this process does.
in_background() {
  local status=0
  # What a shell starts in the background ignores SIGINT, unless told.
  env --default-signal setpriv --pdeathsig KILL "$@" </dev/null {lock}>&- &
  wait $! || status=$?
  return "$status"
}

in_root() {
  local suite=$1 name=$2 user=$3 shared=
  shift 3
  if [[ -d $source_folder/../shared ]]; then shared=$(cd "$source_folder/../shared" && pwd); fi
  in_background unshare --mount --pid --fork --kill-child bash "$fresh/enter.sh" "$folder/$suite/$name" "$user" "$shared" "$@"
}

seen() {
  local sentence=$1 begin=$SECONDS
  shift
  if ! "$@" >"$log" 2>&1; then
    echo "--- the end of what was printed:"
    tail -n 60 "$log"
    fail "$sentence, after $((SECONDS - begin)) s"
  fi
  printf '%-9s %5d s  %s\n' "$suite" $((SECONDS - begin)) "$sentence"
}
