# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# Undoing: a lease goes only after a heal that was verified and written down, and is tried until then.

undo() { # BY; the entry is loaded and the lock is ours. Fails, and keeps the lease, while anything of the fault is left
  gone=fine stood=false healer=$1
  if before_words || without_engine; then
    probe
    case $? in 0 | 75) stood=true ;; esac
    until_of "$key"
    if [ $stood = false ] && [ -e "$dir/$key.seen" ]; then
      # the kernel may have ended its part of the lease just before
      if [ "$kernel_timed" = yes ] && [ "$left" -le 100 ]; then healer=lease; else healer=somebody; fi
    fi
    [ "$known_pid" != gone ] || find_lodger "$key"
    # seam: healing
    heal_words
    # seam: healed
    left_words
    remains=$?
  else
    remains=75
  fi
  if [ $remains != 1 ]; then
    not_done "$evidence${evidence:+$nl}after the heal: $seen"
    return
  fi
  # seam: verified
  rm -f "$dir/$key.until" "$dir/$key.seen" "$dir/$key.note" # the room that the record needs
  record "$healer" "$stood" "$lease" && { [ "$dir" = "$run" ] || durable "$dir/$key.healed" "$dir"; } || {
    not_done "it is put back, but the ledger in $dir cannot be written: see whether that is full"
    return
  }
  clear_lease "$key"
  # seam: released
  stop_timer "$key"
  boot_off
}

without_engine() { # sets seen where nothing can be done without it
  seen="no look at the container: $pid"
  find_lodger "$key"
  [ -n "$known_pid" ]
}

not_done() { # TEXT; sets evidence, notes it, and fails: the next try comes by itself
  evidence=$1 failed=0 since=
  ! plain "$dir/$key.note" || read -r failed since 2>/dev/null <"$dir/$key.note"
  number "$failed" && number "$since" || failed=0 since=$(date +%s)
  put "$dir/$key.note" "$((failed + 1)) $since$nl$evidence"
  return 1
}

record() { # BY STOOD LEASE: by the machine's clock for people, and since its boot for us
  now
  at=$(date +%s)
  case $at in '' | *[!0-9]*) at=0 ;; esac
  put "$dir/$key.healed" "$at $1 $2 $((now / 100)) $boot$nl$3"
}

read_healed() { # sets at, by, stood, lease
  plain "$dir/$key.healed" && { read -r at by stood _ && IFS= read -r lease; } 2>/dev/null <"$dir/$key.healed" || return 1
  number "$at" || return 1
  case $by.$stood in never.false | frame.* | hold.* | sweep.* | lease.* | hand.* | somebody.*) ;; *) return 1 ;; esac
  case $stood$lease in 'true{'*'}' | 'false{'*'}' | falsenull) ;; *) return 1 ;; esac
}

say_healed() {
  if ! read_healed; then
    lease= && say_with_evidence junk "$dir/$key.healed"
  elif [ "$by" = never ]; then
    lease= && say unknown
  else
    say healed ",\"by\":\"$by\",\"at\":$at,\"stood\":$stood"
  fi
}

heal_one() { # KEY BY, in a subshell: a damaged entry may end the shell
  key=$1 lease='' evidence=''
  find_lease "$key"
  if [ -e "$dir/$key.healed" ] && { read_healed || [ ! -e "$dir/$key.lease" ]; }; then
    if [ -e "$dir/$key.lease" ]; then # its healer was killed just before it was done
      clear_lease "$key"
      stop_timer "$key"
      boot_off
    fi
    say_healed
  elif [ ! -e "$dir/$key.lease" ]; then
    # one that is still on its way must not stand after this answer
    [ "$named_by_id" != yes ] || { dir=$run && record never false null; } || {
      say_with_evidence stands "nothing of it is here, but it may be on its way, and $run cannot be written: see whether that is full"
      return
    }
    say unknown
  elif ! header "$dir/$key.lease"; then
    lease= && say_with_evidence junk "$dir/$key.lease"
  elif ! load "$key"; then # leases appear whole: this one is damaged, and its fault may stand
    say_with_evidence junk "$dir/$key.lease"
  elif undo "$2"; then
    say_healed
  else
    say_with_evidence stands "$evidence"
  fi
}

heal_it() { # each on its own turn, so that a slow one delays no other command for long
  lock || { say_with_evidence stands 'the lock of the ledger was not free within 60 s' && return; }
  report=$(heal_one "$key" "$by") && [ -n "$report" ] && printf '%s\n' "$report" || say_with_evidence junk "$dir/$key.lease"
  unlock
}

heal_if_owned() { [ "$lease_owner" != "$owner" ] || heal_it; }

heal() { # by, and one of keys, owner, all
  forget
  named_by_id=no
  if [ -n "$keys" ]; then
    named_by_id=yes
    for key in $keys; do find_lease "$key" && lease='' && heal_it; done
  elif [ -n "$owner" ]; then
    each_lease heal_if_owned
  else
    each_lease heal_it
  fi
  ! boot_files || { lock && boot_off && unlock; }
}

mend() { # key entry: what was put in place, and the ledger has lost: somebody has emptied it, or a reboot. Safe where nothing is left
  lock || { say_with_evidence stands 'the lock of the ledger was not free within 60 s' && return; }
  find_lease "$key"
  if [ -e "$dir/$key.lease" ]; then
    say_with_evidence stands 'it is in the ledger'
  else
    (mend_locked)
  fi
  unlock
}

mend_locked() {
  gone=fine evidence=
  eval "$entry"
  if before_words; then
    probe
    heal_words
    left_words
    [ $? != 1 ] || { say unknown && return; }
  else
    seen="no look at the container: $pid"
  fi
  say_with_evidence stands "$evidence${evidence:+$nl}after the heal: $seen"
}

forget() { # records of more than a day, of an earlier boot once this one has lasted a day; and what the killed had begun
  now
  for file in "$run"/*.healed "$var"/*.healed; do
    since='' since_boot=
    plain "$file" && read -r _ _ _ since since_boot 2>/dev/null <"$file"
    number "$since" || since=0
    [ "$since_boot" = "$boot" ] || since=0
    [ $((now / 100 - since)) -le 86400 ] || rm -f "$file"
  done
  for file in "$run"/*.new "$var"/*.new; do
    mark=${file%.new}
    [ ! -e "$file" ] || born "${mark##*.}" || rm -rf "$file"
  done
  for mark in "$run"/*.timer; do
    name_of "$mark"
    [ ! -e "$mark" ] || [ "$named" = systemd ] || alive "${named%.*}" "${named#*.}" || rm -f "$mark"
  done
}
