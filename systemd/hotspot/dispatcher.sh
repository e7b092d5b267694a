#!/bin/sh
# Run by NetworkManager before the guitar's own Wi-Fi counts as up: an address that is shared has just turned on routing.
set -eu

[ "${CONNECTION_ID:-}" = affetto-hotspot ] || exit 0

if command -v nft >/dev/null && nft -f /etc/affetto/hotspot.nft; then
    # a second lock: the kernel itself routes nothing that comes from there
    echo 0 >"/proc/sys/net/ipv4/conf/$DEVICE_IP_IFACE/forwarding"
else
    echo 0 >/proc/sys/net/ipv4/ip_forward
fi
