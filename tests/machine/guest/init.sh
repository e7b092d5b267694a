#!/bin/busybox sh
# The first program of the emulated machine: puts its file system together from the host's, which stays as it is, and
# from unpacked packages, makes a fresh system of it, and starts that system's own init.
export PATH=/bin
/bin/busybox mkdir -p /sbin
/bin/busybox --install -s /bin
set -eu
trap 'echo "machine: it cannot be set up"; poweroff -f' EXIT

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for module in /modules/*; do insmod "$module"; done

options=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o "$options,ro,cache=loose" host /host
mount -t 9p -o "$options,ro,cache=loose" extra /extra
mount -t tmpfs -o mode=0755 tmpfs /upper
mkdir /upper/files /upper/work
chmod 0755 /upper/files
mount -t overlay -o lowerdir=/extra:/host,upperdir=/upper/files,workdir=/upper/work overlay /new
mkdir -p /new/exchange
mount -t 9p -o "$options,cache=none" exchange /new/exchange
mount -t tmpfs -o mode=1777 tmpfs /new/tmp
checkout=$(cat /new/exchange/checkout)
mkdir -p "/new$checkout"
mount -t 9p -o "$options,ro,cache=loose" checkout "/new$checkout"

# what the host starts, mounts or connects to is not this machine's
for name in etc/systemd/system etc/NetworkManager/system-connections etc/network/interfaces.d etc/modprobe.d; do
    rm -rf "/new/$name"
    mkdir -p "/new/$name"
done
rm -f /new/etc/fstab /new/etc/crypttab /new/etc/network/interfaces /new/etc/resolv.conf /new/usr/sbin/policy-rc.d /new/.dockerenv
touch /new/etc/fstab /new/etc/resolv.conf
mkdir -p /new/etc/systemd/system/multi-user.target.wants
echo affetto-test >/new/etc/hostname
echo '127.0.0.1 localhost affetto-test' >/new/etc/hosts
for unit in systemd-networkd systemd-resolved systemd-timesyncd networking; do
    ln -s /dev/null "/new/etc/systemd/system/$unit.service"
done
ln -s /dev/null /new/etc/systemd/system/tmp.mount
# of packages whose own scripts were not run
for user in messagebus:990 avahi:991; do
    grep -q "^${user%:*}:" /new/etc/passwd && continue
    echo "${user%:*}:x:${user#*:}:${user#*:}::/nonexistent:/usr/sbin/nologin" >>/new/etc/passwd
    echo "${user%:*}:x:${user#*:}:" >>/new/etc/group
done
grep -q '^netdev:' /new/etc/group || echo 'netdev:x:989:' >>/new/etc/group
cp /new/exchange/agent.service /new/etc/systemd/system/affetto-machine.service
ln -s ../affetto-machine.service /new/etc/systemd/system/multi-user.target.wants/

for name in proc sys dev; do mount -o move "/$name" "/new/$name"; done
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
/bin/chroot /new /bin/sh -eu /exchange/prepare.sh 2>&1
trap - EXIT
exec /bin/switch_root /new "$(/bin/cat /new/exchange/init)" $(/bin/cat /new/exchange/init-arguments)
