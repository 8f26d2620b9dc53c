# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# What several faults on one interface share, under the lock of the ledger: a prio root of ours, with a lane (a band) for each fault
# that disturbs what leaves, and the ingress hook, from which each fault that disturbs what arrives takes its part to an ifb of its own.
# WORDS… are `in_container ID STARTED`, or nothing. All are safe to repeat.

renamed() { # TEXT [WORDS…]: sets dev to the one that has it, whatever somebody calls that now. Fails where none has, with 75 where nobody can tell
  wanted=$1
  shift
  names=$(must_answer "$@" ip -o link show 2>&1) || { echo "$names" && return 75; }
  for dev in $(printf '%s\n' "$names" | cut -d ' ' -f 2); do
    dev=${dev%:}
    dev=${dev%@*}
    case $(run "$@" tc qdisc show dev "$dev" 2>&1 && run "$@" tc filter show dev "$dev" parent ffff: 2>&1) in *"$wanted"*) return 0 ;; esac
  done
  return 1
}

lane_free() { # DEV MARK [WORDS…]: the queues, or `taken` where another fault has the same mark
  dev=$1 mark=$2
  shift 2
  shown=$(run "$@" tc qdisc show dev "$dev" 2>&1) || { found=$? && echo "$shown" && return $found; }
  case $shown in *"netem $mark "*) echo "taken: $shown" && return ;; esac
  comes_back || echo "The kernel's default is $default by now, so this would not come back (\`tc qdisc add dev $dev root pfifo; tc qdisc del dev $dev root\` gives it that):"
  printf '%s\n' "$shown"
}

comes_back() { # shown: does the kernel give the interface by itself what it has? Its default may have been changed since (sysctl, for BBR)
  default='' todo=$shown
  read -r default 2>/dev/null </proc/sys/net/core/default_qdisc
  [ -n "$default" ] || return 0
  while [ -n "$todo" ]; do
    line=${todo%%"$nl"*}
    todo=${todo#"$line"}
    todo=${todo#"$nl"}
    case $line in
    'qdisc noqueue 0: '* | 'qdisc mq 0: '* | "qdisc $default 0: "*) ;;
    'qdisc '*' 0: '*) return 1 ;;
    esac
  done
}

lane_open() { # DEV MARK TEXT [WORDS…]: `tc` commands in the first band that is free; `@` is its class, `#` its number in two digits
  dev=$1 mark=$2 text=$3
  shift 3
  keeping_length lane_made "$@"
}

keeping_length() { # FUNCTION [WORDS…]: which gives dev a queue. The kernel takes a length of 0 (Docker's interfaces) for a mistake, and makes it 1000
  makes=$1
  shift
  link=$(must_answer "$@" ip -o link show dev "$dev" 2>&1) || { echo "$link" && return 75; }
  "$makes" "$@"
  made=$?
  case $link in *' qlen '*) ;; *) run "$@" ip link set dev "$dev" qlen 0 ;; esac
  return $made
}

lane_made() { # [WORDS…]
  shown=$(run "$@" tc qdisc show dev "$dev" 2>&1) || { echo "$shown" && return 1; }
  case $shown in
  *'qdisc prio c4a0: root'*) ;;
  *) run "$@" tc qdisc add dev "$dev" root handle c4a0: prio bands 16 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1 || return ;;
  esac
  for lane in $lanes; do
    case $shown in *" parent c4a0:${lane%:*} "*) continue ;; esac
    put_into "$text" @ "${lane%:*}"
    put_into "$put" '#' "${lane#*:}"
    feed "$put" "$@" tc -batch -
    return
  done
  echo "no band of $dev is free: it carries 12 faults" && return 1
}

# Bands 1 to 3 are what they are without us.
lanes='4:04 5:05 6:06 7:07 8:08 9:09 a:10 b:11 c:12 d:13 e:14 f:15'

put_into() { # TEXT CHARACTER VALUE; sets put
  rest=$1 put=
  while [ "${rest#*"$2"}" != "$rest" ]; do
    put=$put${rest%%"$2"*}$3
    rest=${rest#*"$2"}
  done
  put=$put$rest
}

lane_close() { # DEV MARK TEXT [WORDS…]: the last one takes the root with it, which ends all at once. `/` in TEXT is the device
  dev=$1 mark=$2 text=$3
  shift 3
  shown=$(run "$@" tc qdisc show dev "$dev" 2>&1)
  case $shown in *'annot find device'*) renamed "qdisc netem $mark parent c4a0:" "$@" && shown=$(run "$@" tc qdisc show dev "$dev" 2>&1) ;; esac
  find_lane
  case $shown in *'qdisc prio c4a0: root'*) ;; *) return 0 ;; esac
  [ $others = yes ] || { run "$@" tc qdisc del dev "$dev" root handle c4a0: && return; }
  for known_lane in $lanes; do
    [ "$lane" = "${known_lane%:*}" ] || continue
    put_into "$text" @ "$lane"
    put_into "$put" '#' "${known_lane#*:}"
    put_into "$put" / "$dev"
    feed "$put" "$@" tc -force -batch -
  done
}

find_lane() { # mark, shown; sets lane (its class) and others
  lane='' others=no todo=$shown
  while [ -n "$todo" ]; do
    line=${todo%%"$nl"*}
    todo=${todo#"$line"}
    todo=${todo#"$nl"}
    case "$line " in
    "qdisc netem $mark parent c4a0:"*) lane=${line#*" parent c4a0:"} lane=${lane%%" "*} ;;
    'qdisc netem '*' parent c4a0:'*) others=yes ;;
    esac
  done
}

lane_left() { # DEV MARK [WORDS…]: prints `lane` or `root` while that is there: a root without lanes is nobody's
  dev=$1 mark=$2
  shift 2
  shown=$(run "$@" tc qdisc show dev "$dev" 2>&1) || {
    case $shown in *'annot find device'*) ;; *) printf '%s\n' "$shown" && return 75 ;; esac
    renamed "qdisc netem $mark parent c4a0:" "$@" || { [ $? = 1 ] && echo none && return || return 75; }
    shown=$(run "$@" tc qdisc show dev "$dev" 2>&1)
  }
  find_lane
  [ -z "$lane" ] || { echo "lane $lane: $shown" && return; }
  case "$others $shown" in 'no '*'qdisc prio c4a0: root'*) echo "root: $shown" ;; *) echo none ;; esac
}

ingress_free() { # DEV PREF [WORDS…]: `free` where nobody has the ingress hook, or faults of ours have
  dev=$1 pref=$2
  shift 2
  shown=$(must_answer "$@" ip -o link show 2>&1) || { echo "$shown" && return 75; }
  shown=$(run "$@" tc qdisc show dev "$dev" 2>&1) || { found=$? && echo "$shown" && return $found; }
  case $shown in *'qdisc ingress '* | *'qdisc clsact '*) ;; *) echo free && return ;; esac
  filters=$(run "$@" tc filter show dev "$dev" parent ffff: 2>&1)
  case $filters in
  *" pref $pref "*) printf '%s\n' "taken: $filters" ;;
  *'to device zk'*) echo free ;;
  *) printf '%s\n' "$shown" "$filters" ;;
  esac
}

ingress_device() { # IFB [WORDS…]: by itself its module brings along ifb0 and ifb1, which nobody takes away again
  ifb=$1
  shift
  [ -d /sys/module/ifb ] || bounded modprobe -q ifb numifbs=0 >/dev/null 2>&1
  run "$@" ip link add "$ifb" type ifb
}

ingress_open() { # DEV [WORDS…]
  dev=$1
  shift
  keeping_length ingress_made "$@"
}

ingress_made() { # [WORDS…]
  case $(run "$@" tc qdisc show dev "$dev") in
  *'qdisc ingress '*) ;;
  *) run "$@" tc qdisc add dev "$dev" handle ffff: ingress ;;
  esac
}

ingress_close() { # DEV IFB TEXT [WORDS…]: the filters, the hook when it has no others, and last the ifb, which says that all that was ours
  dev=$1 ifb=$2 text=$3
  shift 3
  run "$@" ip link show dev "$ifb" >/dev/null 2>&1 || { ! orphaned "$@" || ingress_emptied "$@"; return; }
  shown=$(run "$@" tc qdisc show dev "$dev" 2>&1)
  there=0
  case $shown in *'annot find device'*) renamed "to device $ifb)" "$@" || there=$? ;; esac
  case $there in 0) ingress_emptied "$@" || return ;; 75) return 75 ;; esac
  run "$@" ip link del dev "$ifb"
}

orphaned() { # [WORDS…]: somebody has taken the ifb away, without which the filters of TEXT drop what they catch
  pref=${text#* prio }
  pref=${pref%%"$nl"*}
  case $(run "$@" tc filter show dev "$dev" parent ffff: 2>&1) in *" pref $pref "*'to device *)'*) ;; *) return 1 ;; esac
}

ingress_emptied() { # [WORDS…]: of the filters of TEXT, in which `/` is the device
  put_into "$text" / "$dev"
  feed "$put" "$@" tc -force -batch -
  filters=$(run "$@" tc filter show dev "$dev" parent ffff: 2>&1) || { echo "$filters" && return 1; }
  case $filters in
  '') run "$@" tc qdisc del dev "$dev" ingress ;;
  *"to device $ifb)"*) echo "$filters" && return 1 ;; # without the ifb they would drop what they catch
  esac
  :
}

ingress_shown() { # DEV IFB [WORDS…]
  dev=$1 ifb=$2
  shift 2
  run "$@" tc qdisc show dev "$ifb" 2>&1
  run "$@" tc filter show dev "$dev" parent ffff: 2>&1
}

ingress_left() { # DEV [WORDS…]
  dev=$1
  shift
  must_answer "$@" ip -o link show || return
  run "$@" tc filter show dev "$dev" parent ffff: 2>&1
}
