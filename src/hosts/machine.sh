# shellcheck shell=sh disable=SC2154 # `command`, `tools` and `engine` come before this text
# What a machine is like: facts for the doctor and the ground check, and the snapshot that a heal is verified against.
# Reads only. Answers in sections, each after a line `=== name`; the last is `end`.

section() { printf '\n=== %s\n' "$1"; } # whatever the last tool ended with

have() { command -v "$1" >/dev/null 2>&1; }

facts() {
  read -r boot </proc/sys/kernel/random/boot_id
  read -r kernel </proc/sys/kernel/osrelease
  printf '%s\n' "uid $(id -u)" "kernel $kernel" "boot $boot" "clock $(date +%s%3N)"
  [ ! -d /run/systemd/system ] || echo 'systemd yes'
  for file in /var/lib/0k-chaos/brake /run/0k-chaos/brake; do
    if [ -e "$file" ] || [ -h "$file" ]; then
      text=
      [ ! -f "$file" ] || IFS= read -r text <"$file" || :
      printf 'brake %s\n' "$text"
    fi
  done
  for tool in $tools; do
    have "$tool" && printf 'tool %s ' "$tool" && command -v "$tool"
  done
}

# Tried in a network namespace of its own, that ends with its process.
traffic_control() {
  unshare -n sh -c '
    tc qdisc add dev lo root handle 1: prio bands 4 && echo prio yes
    tc qdisc add dev lo parent 1:4 handle 2: netem delay 1ms && echo netem yes
    tc filter add dev lo parent 1: protocol ip prio 1 flower dst_ip 192.0.2.1 classid 1:4 && echo flower yes
    nft "table inet zk_try { set armed { typeof meta nfproto; flags timeout; }; }" && echo nftTimeout yes
  ' 2>&1
}

check() {
  section facts
  facts
  section traffic
  traffic_control
  section qdiscs
  have tc && tc qdisc show
  section tables
  have nft && nft list tables
  have iptables-save && iptables-save | grep '^:ZK-'
  have ip6tables-save && ip6tables-save | grep '^:ZK-'
  boot_files
  section leases
  for file in /run/0k-chaos/*.lease /var/lib/0k-chaos/*.lease; do [ ! -e "$file" ] || echo "$file"; done
}

# What acts after a reboot, or a soft one, on leases, where no such lease is left.
boot_files() {
  section boot
  no_lease_in /var/lib/0k-chaos || return 0
  there /etc/systemd/system/0k-chaos-boot.service* /etc/systemd/system/*.wants/0k-chaos-boot.service /etc/cron.d/0k-chaos-boot* /var/lib/0k-chaos/boot.sh
  no_lease_in /run/0k-chaos || return 0
  there /run/systemd/system/0k-chaos-boot.service* /run/systemd/system/*.wants/0k-chaos-boot.service
}

there() { # FILES
  for file in "$@"; do
    [ ! -e "$file" ] && [ ! -h "$file" ] || echo "$file"
  done
}

containers() {
  ids=$(engine ps -aq --no-trunc) || { echo unanswered && return; }
  # shellcheck disable=SC2086
  set -- $ids
  [ $# = 0 ] || engine inspect --format '{{.Id}} {{.Name}} {{.State.Status}} {{.State.StartedAt}}' "$@"
}

snapshot() {
  if have tc; then
    section qdiscs
    tc qdisc show
    for path in /sys/class/net/*; do
      dev=${path##*/}
      case $dev in veth* | lo | zk*) continue ;; esac
      section "classes $dev"
      tc class show dev "$dev"
      section "filters $dev"
      tc filter show dev "$dev"
    done
  fi
  if have nft; then section nft && nft -s list ruleset; fi
  if have iptables-save; then section iptables && iptables-save; fi
  if have ip6tables-save; then section ip6tables && ip6tables-save; fi
  boot_files
  if have "$docker"; then section containers && containers; fi
}

main() {
  "$command"
  section end
}

main </dev/null 2>/dev/null
