# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# Leases on faults: the promise that each ends by itself. Runs on the machines, as root, under dash, busybox ash and bash.
# lease-script.ts joins it with its other parts (lease-words, -queues, -ledger, -fence, -timer, -brake, -arm) and puts assignments and functions in front.
# It is kept in the ledger's folder, from where timers run it. All is functions and the last line calls, so that a truncated
# transmission runs nothing.

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
  lock || { say_with_evidence stands 'the lock of the ledger was not free within 60 s' && return; }
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
  [ "$same_boot" = no ] || [ "$left" -gt 0 ] || { say expired && return; }
  # seam: renewing
  set_until "$key" "$ttl"
  # systemd's timer and a loop both look again at the deadline, but only when the former one is reached
  [ "$same_boot" = yes ] && [ "$left" -le $((ttl * 100 + 200)) ] || start_timer "$key"
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
  note=
  [ ! -e "$dir/$key.note" ] || note=$(cat "$dir/$key.note")
  json_of "$note"
  members=",\"seconds\":$((left / 100)),\"thisBoot\":$([ "$same_boot" = yes ] && echo true || echo false),\"note\":$json"
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
  fence) raise_fences ;;
  list) each_lease look_at_it ;;
  brake) brake ;;
  esac
  echo '{"done":true}'
}

main "$@" </dev/null
