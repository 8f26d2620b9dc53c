# shellcheck shell=sh disable=SC2015,SC2154 # `a && b || c` where b cannot fail; variables that lease-script.ts assigns
# Leases on faults: the promise that each ends by itself. Runs on the machines, as root, under dash, busybox ash and bash.
# Sent behind assignments and functions (lease-script.ts), and kept in the ledger's folder, from where timers run it.
# All is functions and the last line calls, so a truncated transmission runs nothing.
#
# Ledger, one set of files a fault, KEY being a hash of its id. In $run what a reboot undoes, in $var what it does not.
#   KEY.lease   who broke what, and the words that heal and probe; whole only with its last line
#   KEY.until   deadline in 1/100 s since boot, boot id, length in seconds
#   KEY.seen    the fault was seen standing       KEY.note    why the last heal did not do
#   KEY.timer   process that watches the deadline KEY.healed  who healed it and when, kept for a day
# Words answer 75 (EX_TEMPFAIL) when they could not look: that never counts as healed.

now() { # sets now: 1/100 s since boot, as a wall clock may be what is broken
  read -r now _ </proc/uptime
  now=$((${now%.*} * 100 + 1${now#*.} - 100))
}

json_of() { # TEXT; sets json
  [ ${#1} -le 4000 ] && rest=$1 || rest=$(printf '%.4000s…' "$1")
  json=
  while :; do
    plain=${rest%%[[:cntrl:]\"\\]*}
    json=$json$plain
    [ "$plain" = "$rest" ] && break
    rest=${rest#"$plain"}
    char=${rest%"${rest#?}"}
    rest=${rest#?}
    case $char in
    \" | \\) json=$json\\$char ;;
    "$nl") json=$json\\n ;;
    *) json=$json$(printf '\\u%04x' "'$char") ;;
    esac
  done
  json=\"$json\"
}

lock() { # waits its turn; the kernel gives a flock back when its last holder is gone, children that still act included
  if command -v flock >/dev/null; then
    exec 9>"$run/lock" && flock -w 30 9
    return
  fi
  tries=0
  until mkdir "$run/lock.d" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -le 300 ] || return 1
    holder=
    read -r holder 2>/dev/null <"$run/lock.d/pid"
    if { [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; } || { [ -z "$holder" ] && [ $((tries % 50)) = 0 ]; }; then
      sleep 1 # what a killed holder had started may still act
      mv "$run/lock.d" "$run/stale.$$" 2>/dev/null && rm -rf "$run/stale.$$"
    fi
    sleep 0.1 2>/dev/null || sleep 1
  done
  echo $$ >"$run/lock.d/pid"
  locked=yes
}

unlock() {
  exec 9>&-
  [ "$locked" != yes ] || rm -rf "$run/lock.d"
  locked=no
}

# --- words: what faults are made of ---

bounded() { # a stuck Docker engine must not hold the lock
  if command -v timeout >/dev/null; then timeout -k 1 30 "$@"; else "$@"; fi
}

feed() { # TEXT WORDS…
  text=$1
  shift
  "$@" <<FEED
$text
FEED
}

firewall() { # [in_container ID STARTED]: all iptables rules of both families
  "$@" iptables-save && "$@" ip6tables-save
}

born() { # PID; sets birth: with the pid, names one process
  birth=
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  birth=${20}
}

find_container() { # ID STARTED; sets pid, `gone` when that incarnation has no process any more
  pid=$(engine inspect --format '{{.State.Pid}} {{.State.StartedAt}}' "$1" 2>&1) || {
    case $pid in *'o such '*) pid=gone && return 0 ;; esac
    printf '%s\n' "$pid"
    return 75
  }
  pid=${pid##*"$nl"}
  if [ "${pid#* }" = "$2" ] && [ "${pid%% *}" != 0 ]; then pid=${pid%% *}; else pid=gone; fi
}

remember_container() { # ID STARTED: one look serves all the words of one command
  find_container "$@" >/dev/null || return
  known="$1 $2" known_pid=$pid
  [ "$pid" = gone ] || born "$pid"
  known_birth=$birth
}

in_container() { # ID STARTED WORDS…: in its network namespace
  if [ "$known" = "$1 $2" ] && { [ "$known_pid" = gone ] || born "$known_pid" && [ "$birth" = "$known_birth" ]; }; then
    pid=$known_pid
  else
    find_container "$1" "$2" || return 75
  fi
  shift 2
  if [ "$pid" = gone ]; then
    echo gone
    [ "$gone" = fine ]
  else
    nsenter -t "$pid" -n "$@"
  fi
}

container_state() { # ID: `STARTED running|paused|down`, or `gone`
  state=$(engine inspect --format '{{.State.StartedAt}} {{.State.Running}} {{.State.Paused}}' "$1" 2>&1) || {
    case $state in *'o such '*) echo gone && return 0 ;; esac
    printf '%s\n' "$state"
    return 75
  }
  state=${state##*"$nl"}
  case $state in
  *' true true') echo "${state%% *} paused" ;;
  *' true false') echo "${state%% *} running" ;;
  *) echo "${state%% *} down" ;;
  esac
}

container_back() { # ID STARTED down|paused: starts or unpauses it, if it is still the incarnation that was broken
  state=$(container_state "$1") || { echo "$state" && return 75; }
  case $state in
  "$2 $3") if [ "$3" = down ]; then engine start "$1"; else engine unpause "$1"; fi ;;
  *) echo "left alone: $state" ;;
  esac
}

step() { # WORDS…: one command of a fault; adds to evidence when it fails
  said=$("$@" 2>&1)
  status=$?
  [ $status = 0 ] || evidence="$evidence${evidence:+$nl}\`$*\` exited $status: $said"
  return $status
}

look() { # WORDS…; sets seen
  seen=$("$@" 2>&1)
  case $? in 75 | 124 | 126 | 127 | 137) return 75 ;; esac
}

# --- ledger ---

find_lease() { # KEY; sets dir
  dir=$run
  [ -e "$run/$1.lease" ] || [ -e "$run/$1.healed" ] || dir=$var
}

header() { # FILE; sets lease_owner, lease_bearer, lease (JSON)
  { read -r magic _ lease_bearer lease_owner && IFS= read -r lease; } 2>/dev/null <"$1" || return 1
  lease=${lease#?}
  case $magic$lease in '#0k-chaos-lease-1{'*'}') ;; *) return 1 ;; esac
}

until_of() { # KEY; sets left (1/100 s, 0 and less: over) and same_boot
  left=0 same_boot=no deadline=
  read -r deadline lease_boot _ whole 2>/dev/null <"$dir/$1.until"
  [ "$whole" = . ] || return 0
  [ "$lease_boot" = "$boot" ] || return 0
  now
  same_boot=yes left=$((deadline - now))
}

set_until() { # KEY SECONDS
  now
  echo "$((now + $2 * 100)) $boot $2 ." >"$dir/$1.until.$$" && mv -f "$dir/$1.until.$$" "$dir/$1.until"
}

say() { # STATE [,JSON MEMBERS]
  printf '{"key":"%s","state":"%s","lease":%s%s}\n' "$key" "$1" "${lease:-null}" "$2"
}

say_healed() { # from the record
  { read -r at by stood && IFS= read -r lease; } <"$dir/$key.healed"
  say healed ",\"by\":\"$by\",\"at\":$at,\"stood\":$stood"
}

say_with_evidence() { # STATE TEXT [,JSON MEMBERS]
  json_of "$2"
  say "$1" ",\"evidence\":$json$3"
}

whole() { # FILE: was it written to its end?
  last=
  while IFS= read -r line; do last=$line; done <"$1"
  [ "$last" = '#end' ]
}

load() { # KEY; runs the entry's definitions
  # shellcheck disable=SC1090
  whole "$dir/$1.lease" && . "$dir/$1.lease"
}

probe() { # 0 stands, 1 does not, 75 could not look; a fault that is seen is noted
  probe_words
  probed=$?
  [ $probed != 0 ] || [ -e "$dir/$key.seen" ] || : >"$dir/$key.seen"
  return $probed
}

# --- timers ---

start_timer() { # KEY; sets watcher. In a session of its own, so that what ends ours does not end it
  : >"$run/$1.timer"
  if command -v setsid >/dev/null; then
    setsid sh "$self" timer "$1" </dev/null >/dev/null 2>&1 9>&- &
  else
    sh "$self" timer "$1" </dev/null >/dev/null 2>&1 9>&- &
  fi
  watcher=$!
  echo "$watcher" >"$run/$1.timer"
}

timer_stands() { # waits until it has that session
  tries=0
  while command -v setsid >/dev/null; do
    read -r stat 2>/dev/null <"/proc/$watcher/stat" || return 1
    # shellcheck disable=SC2086
    set -- ${stat##*) }
    [ "$4" != "$watcher" ] || return 0
    tries=$((tries + 1))
    [ $tries -le 250 ] || return 1
    sleep 0.02 2>/dev/null || sleep 1
  done
  kill -0 "$watcher"
}

timer() { # KEY: heals it once its deadline has passed, however often that takes
  trap '' HUP
  key=$1 self=$0 tries=0
  [ -e "$run/$key.timer" ] || return 0 # called off
  echo $$ >"$run/$key.timer"
  until find_lease "$key" && [ -e "$dir/$key.lease" ]; do # started first, written next
    tries=$((tries + 1))
    [ -e "$run/$key.timer" ] && [ $tries -le 600 ] || return 0
    sleep 0.1 2>/dev/null || sleep 1
  done
  [ "$2" != systemd ] && hand_over && return
  while [ -e "$dir/$key.lease" ]; do
    until_of "$key"
    if [ $left -gt 200 ]; then
      sleep 2
    elif [ $left -gt 0 ]; then
      sleep "$((left / 100)).$((left % 100 / 10))5" 2>/dev/null || sleep 1
    else
      lock && until_of "$key" && { [ $left -gt 0 ] || (heal_one "$key" lease) >/dev/null; }
      unlock
      [ ! -e "$dir/$key.lease" ] || sleep 2
    fi
  done
}

hand_over() { # to systemd: not in the session's cgroup, started again when killed
  [ -d /run/systemd/system ] && command -v systemd-run >/dev/null || return 1
  sleep 1 # costs more than the rest of arming: not while the fault is being put in place
  find_lease "$key"
  until_of "$key"
  [ $left -gt 200 ] || return 1
  systemd-run --quiet --collect --unit="0k-chaos-$key" --on-active="$((left / 100))s" --timer-property=AccuracySec=100ms \
    -p Restart=on-failure -p RestartSec=2 -p StartLimitIntervalSec=0 /bin/sh "$self" timer "$key" systemd || return 1
  if [ -e "$dir/$key.lease" ]; then echo systemd >"$run/$key.timer"; else stop_timer "$key"; fi
}

stop_watcher() { # KEY; fails when it is the caller itself
  watcher=
  read -r watcher 2>/dev/null <"$run/$1.timer"
  rm -f "$run/$1.timer"
  case $watcher in
  "$$") return 1 ;;
  '' | *[!0-9]*) return 0 ;;
  esac
  cmdline=
  IFS= read -r cmdline 2>/dev/null <"/proc/$watcher/cmdline"
  case $cmdline in *"$1"*) kill -TERM -- "-$watcher" 2>/dev/null || kill "$watcher" 2>/dev/null ;; esac
  return 0
}

stop_timer() { # KEY
  stop_watcher "$1" && [ -d /run/systemd/system ] || return 0
  systemctl stop "0k-chaos-$1.timer" "0k-chaos-$1.service" >/dev/null 2>&1 || :
}

# --- commands ---

arm() { # key bearer dir ttl entry, and the functions free_words and inject_words
  [ -d "$run" ] || mkdir -p "$run" || return
  [ -d "$dir" ] || mkdir -p "$dir" || return
  watcher='' lease='' # the watcher starts while the lock and the bearer are looked at: that takes as long
  [ -e "$dir/$key.healed" ] || [ -e "$dir/$key.lease" ] || start_timer "$key"
  arm_locked
  [ -z "$watcher" ] || [ -e "$dir/$key.lease" ] || call_off
}

call_off() { # the watcher of a lease that was not written
  rm -f "$run/$key.timer"
  kill -KILL "$watcher" 2>/dev/null
}

arm_locked() {
  lock || { say_with_evidence unarmed 'the lock of the ledger was not free within 30 s' && return; }
  [ ! -e "$dir/$key.healed" ] || { say_healed && return; }
  if [ -e "$dir/$key.lease" ]; then
    [ -z "$watcher" ] || kill -KILL "$watcher" 2>/dev/null
    arm_again
    return
  fi
  ! busy || return
  eval "$entry"
  before_words || { say_with_evidence unarmed "no look at the container: $pid" && return; }
  [ "$known_pid" != gone ] || { say_with_evidence foreign "gone: container ${known% *} is not the one that was started at ${known#* }" && return; }
  free_words
  free=$?
  if [ $free = 75 ]; then
    say_with_evidence unarmed "$seen"
  elif [ $free != 0 ]; then
    say_with_evidence foreign "$seen"
  elif ! timer_stands; then
    say_with_evidence unarmed 'the timer of the lease did not start within 5 s'
  else
    write_lease && break_it
  fi
}

write_lease() {
  now
  echo "$((now + ttl * 100)) $boot $ttl ." >"$dir/$key.until" && printf '%s\n' "$entry" >"$dir/$key.lease" || {
    say_with_evidence unarmed "the ledger in $dir cannot be written"
    rm -f "$dir/$key.lease" "$dir/$key.until"
    return 1
  }
  [ "$dir" = "$run" ] || sync # must outlive a loss of power
}

break_it() {
  lease=${entry#*"$nl#"}
  lease=${lease%%"$nl"*}
  evidence=
  if inject_words; then
    [ "$acts" = elsewhere ] && say armed ',"already":false,"standing":null' && return
    probe && say armed ',"already":false,"standing":true' && return
    evidence="injected, and does not stand: $seen"
  fi
  why=$evidence evidence=
  undo frame
  [ -e "$dir/$key.lease" ] && after=true || after=false
  say_with_evidence inject-failed "$why${evidence:+$nl$evidence}" ",\"standing\":$after"
}

arm_again() { # the reply to the first was lost, or its sender was started again
  header "$dir/$key.lease" && load "$key" || {
    say_with_evidence unarmed 'the lease of an earlier attempt is not whole' && return
  }
  gone=fine
  before_words && probe
  case $? in 0) standing=true ;; 1) standing=false ;; *) standing=null ;; esac
  if [ "$acts" = elsewhere ] && [ $standing = false ] && ! free_words; then
    say_with_evidence inject-failed "not what it was armed for any more: $seen" ',"standing":false'
  else
    say armed ",\"already\":true,\"standing\":$standing"
  fi
}

busy() {
  for file in "$run"/*.lease "$var"/*.lease; do
    [ -e "$file" ] && header "$file" && [ "$lease_bearer" = "$bearer" ] && say busy && return 0
  done
  lease=
  return 1
}

undo() { # BY; the entry is loaded and the lock is ours. Fails, and keeps the lease, while anything of the fault is left
  gone=fine stood=false healer=$1
  if before_words; then
    probe
    case $? in 0 | 75) stood=true ;; esac
    until_of "$key"
    if [ $stood = false ] && [ -e "$dir/$key.seen" ]; then
      # the kernel may have ended its part of the lease just before
      if [ "$kernel_timed" = yes ] && [ $left -le 100 ]; then healer=lease; else healer=somebody; fi
    fi
    heal_words
    left_words
    remains=$?
  else
    remains=75 seen="no look at the container: $pid"
  fi
  if [ $remains != 1 ]; then
    evidence="$evidence${evidence:+$nl}after the heal: $seen"
    printf '%s\n' "$evidence" >"$dir/$key.note"
    return 1
  fi
  at=$(date +%s)
  printf '%s\n' "$at $healer $stood" "$lease" >"$dir/$key.healed.$$"
  mv -f "$dir/$key.healed.$$" "$dir/$key.healed"
  rm -f "$dir/$key.lease" "$dir/$key.until" "$dir/$key.seen" "$dir/$key.note"
  stop_timer "$key"
}

heal_one() { # KEY BY, in a subshell: a damaged entry may end the shell
  key=$1 lease='' evidence=''
  find_lease "$key"
  if [ -e "$dir/$key.healed" ]; then
    [ ! -e "$dir/$key.lease" ] || rm -f "$dir/$key.lease" "$dir/$key.until" "$dir/$key.seen" "$dir/$key.note"
    say_healed
  elif [ ! -e "$dir/$key.lease" ]; then
    say unknown
  elif ! header "$dir/$key.lease"; then
    say_with_evidence junk "$dir/$key.lease"
  elif ! whole "$dir/$key.lease"; then # nothing was injected: that comes after
    rm -f "$dir/$key.lease" "$dir/$key.until"
    stop_timer "$key"
    lease=
    say unknown
  elif load "$key" && undo "$2"; then
    say_healed
  else
    say_with_evidence stands "$evidence"
  fi
}

each_lease() { # FUNCTION: for each entry, with key and dir, and the header read or lease empty
  for file in "$run"/*.lease "$var"/*.lease; do
    [ -e "$file" ] || continue
    dir=${file%/*} key=${file##*/} lease='' lease_owner='' lease_bearer=''
    key=${key%.lease}
    case $key in *[!0-9a-f]* | '') key=junk ;; esac
    if [ "$key" != junk ] && header "$file"; then "$1"; else lease='' && say_with_evidence junk "$file"; fi
  done
}

heal_it() { # each on its own turn, so that a slow one delays no other command for long
  lock || { say_with_evidence stands 'the lock of the ledger was not free within 30 s' && return; }
  report=$(heal_one "$key" "$by") && [ -n "$report" ] && printf '%s\n' "$report" || say_with_evidence junk "$dir/$key.lease"
  unlock
}

heal_if_owned() { [ "$lease_owner" != "$owner" ] || heal_it; }

heal() { # by, and one of keys, owner, all
  [ -d "$run" ] || mkdir -p "$run" || return
  forget
  if [ -n "$keys" ]; then
    for key in $keys; do find_lease "$key" && lease='' && heal_it; done
  elif [ -n "$owner" ]; then
    each_lease heal_if_owned
  else
    each_lease heal_it
  fi
}

forget() { # records of more than a day ago
  at_most=$(($(date +%s) - 86400))
  for file in "$run"/*.healed "$var"/*.healed; do
    [ -e "$file" ] && read -r at _ <"$file" && [ "$at" -lt $at_most ] && rm -f "$file"
  done
  return 0
}

sweep_it() {
  until_of "$key"
  why=
  case " $living " in *" $lease_owner "*) ;; *) why='owner gone' ;; esac
  [ $same_boot = no ] || [ $left -gt 0 ] || why=expired
  if [ -n "$why" ]; then heal_it; else say living; fi
}

sweep() { # living, by
  [ -d "$run" ] || mkdir -p "$run" || return
  forget
  each_lease sweep_it
}

renew_it() {
  [ "$lease_owner" = "$owner" ] || return 0
  lock || { say_with_evidence unrenewed 'the lock of the ledger was not free within 30 s' && return; }
  (renew_locked) || say_with_evidence junk "$dir/$key.lease"
  unlock
}

renew_locked() {
  evidence=
  [ -e "$dir/$key.lease" ] && [ ! -e "$dir/$key.healed" ] || { say expired && return; }
  load "$key" || return
  until_of "$key"
  [ $same_boot = no ] || [ $left -gt 0 ] || { say expired && return; }
  set_until "$key" "$ttl"
  # systemd's timer and a loop both look again at the deadline, but only when the former one is reached
  [ $same_boot = yes ] && [ $left -le $((ttl * 100 + 200)) ] || start_timer "$key"
  gone=fine
  before_words && probe
  case $? in
  0) renew_words && say renewed ',"standing":true' || say_with_evidence renewed "$evidence" ',"standing":true' ;;
  1) say_with_evidence renewed "$seen" ',"standing":false' ;;
  *) say_with_evidence renewed "$seen" ',"standing":null' ;;
  esac
}

look_at_it() {
  gone=fine
  [ -z "$keys" ] || case " $keys " in *" $key "*) ;; *) return 0 ;; esac
  until_of "$key"
  note=
  [ ! -e "$dir/$key.note" ] || note=$(cat "$dir/$key.note")
  json_of "$note"
  members=",\"seconds\":$((left / 100)),\"thisBoot\":$([ $same_boot = yes ] && echo true || echo false),\"note\":$json"
  if [ "$probing" != yes ]; then
    say leased "$members"
  else
    (load "$key" && before_words && probe)
    case $? in 0) standing=true ;; 1) standing=false ;; *) standing=null ;; esac
    say leased "$members,\"standing\":$standing"
  fi
}

main() {
  LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
  export LC_ALL PATH
  umask 077
  nl='
'
  run=/run/0k-chaos var=/var/lib/0k-chaos gone=fails known='' known_pid='' birth='' locked=no
  read -r boot </proc/sys/kernel/random/boot_id
  if [ "${1:-}" = timer ]; then
    timer "$2" "${3:-}"
    return
  fi
  case $command in
  arm)
    if [ "$outlives" = yes ]; then dir=$var; else dir=$run; fi
    arm
    unlock
    ;;
  heal) heal ;;
  renew) each_lease renew_it ;;
  sweep) sweep ;;
  list) each_lease look_at_it ;;
  esac
  echo '{"done":true}'
}

main "$@" </dev/null
