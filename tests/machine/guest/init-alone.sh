#!/bin/sh
# The first program of an emulated machine without systemd: the agent, and whoever's parent ends is waited for.
mount -t tmpfs tmpfs /run
mount -t devpts devpts /dev/pts 2>/dev/null || { mkdir -p /dev/pts && mount -t devpts devpts /dev/pts; }
mkdir -p /dev/shm
mount -t tmpfs tmpfs /dev/shm
hostname affetto-test
if command -v ip >/dev/null; then ip link set lo up; fi
while :; do sh /exchange/agent.sh; done
