#!/bin/sh
# Reads once what the first run on a restored machine would have to read from disk, after everything else was dropped from memory.
sync; echo 3 >/proc/sys/vm/drop_caches
as() { runuser -u "$1" -- sh -c "$2" >/dev/null 2>&1 || true; }
user=jamesb; [ "$(hostname)" = guardian ] || user=jimmyb
as $user 'sudo -n true; sudo -n tc qdisc show; sudo -n ip -j addr; sudo -n ip -j route get 10.77.0.10; sudo -n ss -tn'
as $user 'sudo -n nft list ruleset; sudo -n iptables -w -t raw -S; sudo -n ip6tables -w -S; sudo -n iptables-save; sudo -n conntrack -L'
as $user 'sudo -n flock /run/lock/warm true; sudo -n nsenter -t 1 -n true; cat /proc/uptime; sha256sum /etc/hosts; mktemp -u; ping -c 1 10.77.0.10; ping -c 1 10.77.0.20'
as $user 'sudo -n systemd-run --quiet --collect --wait true; sudo -n systemctl is-system-running; sudo -n systemctl list-timers'
as $user 'sudo -n systemd-run --quiet --unit=lab-warm --on-active=1 --timer-property=AccuracySec=100ms true; sleep 1; sudo -n systemctl stop lab-warm.timer'
ip netns add warm; ip link add warm0 type dummy
for qdisc in netem prio tbf ingress; do modprobe "sch_$qdisc"; done
tc qdisc add dev warm0 root handle 1: prio; tc qdisc add dev warm0 parent 1:3 netem delay 1ms
tc filter add dev warm0 parent 1: protocol ip u32 match ip dst 10.0.0.1/32 flowid 1:3
ip link del warm0; ip netns del warm
nft add table inet warm; nft delete table inet warm
iptables -w -t raw -A PREROUTING -s 192.0.2.1 -j DROP; iptables -w -t raw -D PREROUTING -s 192.0.2.1 -j DROP
node -e 'crypto.scryptSync("a", "b", 32); fetch; dgram.createSocket("udp4").close()' >/dev/null 2>&1
[ -S /run/docker.sock ] || exit 0
as jimmyb 'docker ps -a; docker inspect dist-chaos-relay-1-1; docker logs --tail 5 dist-chaos-relay-1-1; docker exec dist-chaos-client-beast-1 sync-cli --version'
