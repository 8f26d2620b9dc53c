# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# Looks at cuts. What stands comes first, in so few words that it is matched as it is: a pattern with several `*` takes dash hours in the
# rules of a large firewall. WORDS… are `in_container ID STARTED`, or nothing.

firewall() { # [WORDS…]: all iptables rules of both families, where the kernel has both
  must_answer "$@" iptables-save || return
  [ ! -e /proc/net/if_inet6 ] || must_answer "$@" ip6tables-save
}

firewall_free() { # as above: what cannot be looked at later is not broken
  firewall "$@" >/dev/null && echo free
}

chains_shown() { # MARK [WORDS…]: which chains of ours drop, and which are jumped to; then all rules
  mark=$1
  shift
  capture firewall "$@" || { printf '%s\n' "$said" && return "$status"; }
  printf '%s\n' "$said" | sed -n "s/^-A \(ZK-$mark-[a-z]*\) .*-j DROP\$/\1 drops/p; s/^-A .* -j \(ZK-$mark-[a-z]*\)\$/\1 is jumped to/p" | sort -u
  printf '%s\n' "$said"
}

table_shown() { # TABLE [WORDS…]: of nft: whether it is armed, and what drops in its chains; then all of it
  table=$1
  shift
  capture "$@" nft list table inet "$table" || { printf '%s\n' "$said" && return "$status"; }
  printf '%s\n' "$said" | sed -n 's/.*elements = {.*/armed/p; s/.*chain \(cut_[a-z]*\) {$/\1/p; s/.*[[:space:]]drop$/drop/p'
  printf '%s\n' "$said"
}
