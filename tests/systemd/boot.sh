#!/bin/sh
# boot.sh LOWER FOLDER SHARED: starts systemd as the first process of a machine of its own, in namespaces that the caller has
# made. Its files are those of LOWER, with FOLDER/files over them; what it writes is in memory and goes with it. SHARED is
# its /srv, to read only. Nothing of the real /proc/sys can be changed from it.
set -eu
lower=$1 folder=$2 shared=$3
root=$folder/root

mount --make-rprivate /
mkdir -p "$folder/memory" "$root"
mount -t tmpfs -o mode=755 tmpfs "$folder/memory"
mkdir "$folder/memory/written" "$folder/memory/work"
mount -t overlay -o "lowerdir=$lower,upperdir=$folder/memory/written,workdir=$folder/memory/work" overlay "$root"
cp -R --no-dereference "$folder/files/." "$root/"
mount --bind "$shared" "$root/srv"
mount -o remount,bind,ro "$root/srv"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind /dev/null "$root/proc/sysrq-trigger"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mkdir "$root/run/written"
mount --bind "$folder/memory/written" "$root/run/written"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom tty; do
    touch "$root/dev/$node"
    mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
ip link set lo up
mkdir -p "$root/mnt"
cd "$root"
pivot_root . mnt
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    sh -c 'umount -l /mnt && exec /lib/systemd/systemd --show-status=no --default-standard-output=journal'
