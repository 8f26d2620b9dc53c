# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# Arming a lease, and breaking: the lease stands, and is watched, before the fault does.

arm() { # key bearer dir ttl entry, and the functions free_words and inject_words
  watcher='' lease='' # the watcher starts while the lock and the bearer are looked at: that takes as long
  roots_alone "$dir" || { say_with_evidence unarmed "$dir is not a folder that only root can write to: $found" && return; }
  [ -e "$dir/$key.healed" ] || [ -e "$dir/$key.lease" ] || start_timer "$key"
  arm_locked
  # not the one of a lease that somebody else has written meanwhile
  [ -z "$watcher" ] || [ "$written" = yes ] || call_off
}

call_off() { # our watcher. Shells reap children when they like: its number may be somebody else's by now
  ! alive "$watcher" "$watcher_birth" || kill -KILL "$watcher" 2>/dev/null
  rm -f "$run/$key.$watcher".*.timer
}

arm_locked() {
  written=no
  lock || { say_with_evidence unarmed 'the lock of the ledger was not free within 60 s' && return; }
  ! braked || return 0
  [ -n "$boot" ] || { say_with_evidence unarmed 'nothing tells one boot from another: /proc/sys/kernel/random/boot_id cannot be read' && return; }
  within_fences || return
  ! refused_for_ever || return 0
  if [ -e "$dir/$key.lease" ]; then
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

refused_for_ever() { # what was healed is not broken again, and neither is what was to be healed before it was broken
  for folder in "$run" "$var"; do
    [ -e "$folder/$key.healed" ] || continue
    dir=$folder
    if ! read_healed; then
      lease= && say_with_evidence unarmed "the record of its heal is damaged: $dir/$key.healed"
    elif [ "$by" = never ]; then
      lease= && say_with_evidence unarmed 'it was healed before it was armed, so it comes too late'
    else
      say_healed
    fi
    return
  done
  return 1
}

write_lease() { # without a deadline it is over: whoever is killed in between leaves nothing
  written=yes
  boot_on 2>/dev/null &&
    put "$dir/$key.lease" "$entry" && header "$dir/$key.lease" && keep_network "$key" && set_until "$key" "$ttl" &&
    { [ "$dir" = "$run" ] || durable "$dir/$key.until" "$dir/$key.lease" "$dir" "${dir%/*}"; } && return
  clear_lease "$key"
  written=no
  boot_off
  lease= && say_with_evidence unarmed "not everything that the lease needs can be written and read again: see whether $dir or /etc is full, and the fault told in less than 64 KB"
  return 1
}

break_it() {
  lease=${entry#*"$nl#"}
  lease=${lease%%"$nl"*}
  evidence=
  # seam: armed
  if inject_words; then
    # seam: injected
    [ "$settles" = yes ] && say armed ",\"already\":false,\"standing\":null$(boot_member)" && return
    if probe; then
      # seam: probed
      say armed ",\"already\":false,\"standing\":true$(boot_member)"
      return
    fi
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
  if [ "$settles" = yes ] && [ $standing = false ] && ! free_words; then
    say_with_evidence inject-failed "not what it was armed for any more: $seen" ',"standing":false'
  else
    say armed ",\"already\":true,\"standing\":$standing$(boot_member)"
  fi
}

busy() {
  for file in "$run"/*.lease "$var"/*.lease; do
    [ -e "$file" ] && header "$file" && [ "$lease_bearer" = "$bearer" ] && say busy && return 0
  done
  lease=
  return 1
}

boot_member() { # what heals it after a reboot, where that is needed
  [ "$dir" = "$var" ] && boots_by && printf ',"boot":"%s"' "$boots"
}
