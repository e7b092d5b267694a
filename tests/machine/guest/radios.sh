#!/bin/sh
# In a machine without systemd: four radios that hear each other, the guitar's (wlan0) with NetworkManager, and three in
# namespaces of their own: phone (wlan1), other (wlan2), home (wlan3). Another network behind the guitar: elsewhere.
set -eux
mkdir -p /run/dbus
ln -sf regulatory.db-debian /lib/firmware/regulatory.db
ln -sf regulatory.db.p7s-debian /lib/firmware/regulatory.db.p7s
/lib/systemd/systemd-udevd --daemon
dbus-daemon --system --fork
modprobe mac80211_hwsim radios=4
udevadm trigger --subsystem-match=net
udevadm settle
number=0
for name in phone other home; do
    number=$((number + 1))
    ip netns add $name
    iw phy phy$number set netns name $name
    ip -n $name link set lo up
done
ip netns add elsewhere
ip link add eth0 type veth peer eth0 netns elsewhere
ip -n elsewhere address add 203.0.113.9/24 dev eth0
ip -n elsewhere link set eth0 up
ip -n elsewhere route add default via 203.0.113.1
mkdir -p /etc/NetworkManager/conf.d
printf '[keyfile]\nunmanaged-devices=interface-name:eth0\n' >/etc/NetworkManager/conf.d/eth0.conf
ip address add 203.0.113.1/24 dev eth0
ip link set eth0 up
ip netns exec elsewhere busybox httpd -h /exchange

cp /exchange/joined.sh /run/joined
chmod +x /run/joined
NetworkManager
until nmcli -t general >/dev/null; do sleep 0.2; done
