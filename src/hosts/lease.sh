# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# Leases on faults: the promise that each ends by itself. Runs on the machines, as root, under dash, busybox ash and bash.
# lease-script.ts joins it with its other parts (lease-*.sh) and puts assignments and functions in front.
# It is kept in the ledger's folder, from where timers run it. All is functions and the last line calls, so that a truncated
# transmission runs nothing.

each_lease() { # FUNCTION: for each entry, with key and dir, and the header read or lease empty
  for file in "$run"/*.lease "$var"/*.lease; do
    [ -e "$file" ] || [ -h "$file" ] || continue
    dir=${file%/*} key=${file##*/} lease='' lease_owner='' lease_bearer=''
    key=${key%.lease}
    case $key in *[!0-9a-f]* | '') key=junk ;; esac
    if [ "$key" != junk ] && header "$file"; then "$1"; elif [ -e "$file" ] || [ -h "$file" ]; then lease='' && say_with_evidence junk "$file"; fi
  done
}

renew_it() {
  [ "$lease_owner" = "$owner" ] || return 0
  lock || { say_with_evidence unrenewed 'the lock of the ledger was not free within 60 s' && return; }
  (renew_locked) || say_with_evidence junk "$dir/$key.lease"
  unlock
}

renew_locked() {
  evidence=
  [ -e "$dir/$key.lease" ] && [ ! -e "$dir/$key.healed" ] || { say expired && return; }
  load "$key" || return
  until_of "$key"
  # systemd's timer and a loop both look again at the deadline, but only when the former one is reached
  watched "$key" && [ "$left" -le $((ttl * 100 + 200)) ] || start_timer "$key"
  [ "$left" -gt 0 ] || { say expired && return; }
  # seam: renewing
  set_until "$key" "$ttl" || { say_with_evidence unrenewed "the ledger in $dir cannot be written: see whether that is full" && return; }
  gone=fine
  before_words && probe
  case $? in
  0)
    renew_words
    # seam: renewed
    say_with_evidence renewed "$evidence" ',"standing":true'
    ;;
  1) say_with_evidence renewed "$seen" ',"standing":false' ;;
  *) say_with_evidence renewed "$seen" ',"standing":null' ;;
  esac
}

look_at_it() {
  gone=fine
  [ -z "$keys" ] || case " $keys " in *" $key "*) ;; *) return 0 ;; esac
  until_of "$key"
  tries=0 since=null note=
  ! plain "$dir/$key.note" || { read -r tries since && note=$(head -c 5000); } <"$dir/$key.note"
  number "$tries" && number "$since" || tries=0 since=null
  json_of "$note"
  members=",\"seconds\":$((left / 100)),\"thisBoot\":$([ "$same_boot" = yes ] && echo true || echo false),\"note\":$json,\"tries\":$tries,\"since\":$since$(boot_member)"
  if [ "$probing" != yes ]; then
    say leased "$members"
  else
    (load "$key" && before_words && probe)
    case $? in 0) standing=true ;; 1) standing=false ;; *) standing=null ;; esac
    say leased "$members,\"standing\":$standing"
  fi
}

var_is_ours() { { [ ! -e "$var" ] && [ ! -h "$var" ]; } || roots_alone "$var"; }

refuse_var() { # others could have put there what they like: nothing is broken, and the rest goes on without it
  why="$var is not a folder that only root can write to: $found"
  lease='' var=$run/none
  case $command in
  arm) refused=not- && say_with_evidence unarmed "$why" ;;
  fence) refused=not- && for key in $resources; do say_with_evidence unraised "$why"; done ;;
  brake) var=$run ;;
  *) key=junk && say_with_evidence junk "$why" ;;
  esac
}

main() {
  nl='
'
  run=/run/0k-chaos var=/var/lib/0k-chaos gone=fails known='' known_pid='' birth='' locked='' by_systemd=no named_by_id=no
  [ "${1:-}" != timer ] || [ "$3" = systemd ] || { self=$0 words="$2 $3 $4" && trap again EXIT; }
  read -r boot </proc/sys/kernel/random/boot_id
  door
  if has_timeout; then by_timeout=yes; else by_timeout=no; fi
  if [ "${1:-}" = timer ] || [ "${1:-}" = boot ]; then
    self=$0
    var_is_ours || { [ -e "$run/${2:-}.lease" ] && var=$run/none; } || exit 77
    "$@"
    trap - EXIT
    return
  fi
  refused=
  var_is_ours || refuse_var
  case $refused$command in
  arm)
    if [ "$outlives" = yes ]; then dir=$var; else dir=$run; fi
    arm
    unlock
    ;;
  heal) heal ;;
  mend) mend ;;
  renew) each_lease renew_it ;;
  fence) raise_fences ;;
  list) each_lease look_at_it ;;
  brake) brake ;;
  esac
  echo '{"done":true}'
}

main "$@" </dev/null
