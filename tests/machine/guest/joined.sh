#!/bin/sh
# What a phone does with the address that it is given; run by udhcpc in the phone's namespace.
[ "$1" = bound ] || exit 0
name=$(ip netns identify $$)
ip address flush dev "$interface"
ip address add "$ip/$mask" dev "$interface"
ip route replace default via "$router"
mkdir -p "/etc/netns/$name"
echo "nameserver $dns" >"/etc/netns/$name/resolv.conf"
