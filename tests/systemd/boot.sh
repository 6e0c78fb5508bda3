#!/bin/sh
# Boots the systemd of this computer a second time, in namespaces of its own: another process tree, network, and a root
# file system whose changes live in memory. Run as root, below `unshare --mount --pid --net --ipc --uts --cgroup --fork`.
#
#   boot.sh FOLDER    FOLDER/trial.sh is run by the new systemd; FOLDER is /run/bridge there; when it ends, all of it ends
set -eu
bridge=$1

mount --make-rprivate /
memory=$(mktemp -d)
mount -t tmpfs tmpfs "$memory"
mkdir "$memory/upper" "$memory/work" "$memory/root"
root=$memory/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$memory/upper,workdir=$memory/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir "$root/run/bridge" "$root/run/old"
mount --bind "$bridge" "$root/run/bridge"

rm -rf "$root/etc/systemd/system/multi-user.target.wants"
cat >"$root/etc/systemd/system/trial.service" <<'UNIT'
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh /run/bridge/trial.sh
StandardOutput=append:/run/bridge/said
StandardError=append:/run/bridge/said
ExecStopPost=/bin/systemctl --no-block exit
UNIT
cat >"$root/etc/systemd/system/trial.target" <<'UNIT'
[Unit]
DefaultDependencies=no
Wants=systemd-journald.service trial.service
UNIT

cd "$root"
pivot_root . run/old
umount -l run/old
mount --make-rshared /
exec env -i container=trial PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=trial.target --log-target=console --show-status=0
