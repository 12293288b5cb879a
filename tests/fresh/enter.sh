#!/usr/bin/env bash
# The first process of a bare root: gives it file systems of its own, makes it the only root there is, and runs a command in
# it. Started by in_root (root.sh) in new mount and process namespaces, which end with it and take all of this along.
#
#   enter.sh ROOT USER SHARED COMMAND…     SHARED: a folder that lies beside the user's clone, read-only; or ""
set -euo pipefail
root=$1 user=$2 shared=$3
shift 3

mount --make-rprivate /
# pivot_root wants a mount, and test hosts (tests/hosts) look for the root of their namespace, which chroot wouldn't change.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=: read -r name major minor <<<"$node"
  mknod -m 666 "$root/dev/$name" c "$major" "$minor"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${number%:*}" "$root/dev/${number#*:}"; done
# The network is this system's, and so are the names in it.
for file in /etc/hosts /etc/resolv.conf; do
  if [[ -e $file ]]; then cp --remove-destination "$(readlink -f "$file")" "$root$file"; fi
done
home=$(awk -F: -v user="$user" '$1 == user { print $6 }' "$root/etc/passwd")
if [[ -n $shared ]]; then
  mkdir -p "$root$home/shared"
  mount --bind "$shared" "$root$home/shared"
  mount -o remount,bind,ro "$root$home/shared"
fi

cd "$root"
# The old root is put over the new one, and then taken away.
pivot_root . .
umount -l .
cd "$home"

environment=(HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/bash LANG=C.UTF-8 TERM="${TERM:-dumb}"
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
for name in http_proxy https_proxy no_proxy; do
  if [[ -n ${!name:-} ]]; then environment+=("$name=${!name}"); fi
done
# This shell stays, to take in orphans; what it starts must not be a copy of it that ignores signals.
status=0
runuser -u "$user" -- env -i "${environment[@]}" "$@" || status=$?
exit "$status"
