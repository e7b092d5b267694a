#!/usr/bin/busybox sh
# The first program of the emulated Raspberry Pi: what the job needs of a system, then the job.
PATH=/usr/bin:/usr/local/bin:/bin
export PATH HOME=/var/lib/affetto OPENBLAS_NUM_THREADS=1
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t devtmpfs devtmpfs /dev
busybox ip link set lo up
# gpiozero looks here which Raspberry Pi it is; Debian's kernel does not say
{ busybox cat /proc/cpuinfo && echo "Revision	: a02082"; } >/tmp/cpuinfo
busybox mount --bind /tmp/cpuinfo /proc/cpuinfo
busybox stty -F /dev/console -echo -onlcr
cd /opt/affetto || exit
python3 job.py
echo "ENDED $?"
while :; do busybox sleep 1000; done
