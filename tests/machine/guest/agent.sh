#!/bin/sh
# Runs in the emulated machine: takes numbers of commands from the host by its second serial port, runs each from
# /exchange, and answers with the number and the exit status. Several may run at once.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
stty -F /dev/ttyS1 raw -echo
exec 3<>/dev/ttyS1
echo ready >&3
while read -r number seconds <&3; do
    (
        cd / # wherever this was started
        status=0
        timeout -k 5 "$seconds" sh "/exchange/$number.sh" </dev/null >"/exchange/$number.out" 2>"/exchange/$number.err" 3>&- ||
            status=$?
        echo "$number $status" >&3
    ) &
done
