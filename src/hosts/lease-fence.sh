# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# Fences: for each resource of a fleet the highest token of its lock that was seen here. Who comes with a lower one has lost what it
# held, and breaks nothing any more. One small file a resource, named for its hash, replaced whole, kept where no reboot takes it.

fence_of() { # RESOURCE; sets fence, 0 where nobody came yet. Fails when it cannot be read: then nobody may pass
  fence=
  [ -e "$var/fences/$1" ] || fence=0
  [ "$fence" = 0 ] || read -r fence 2>/dev/null <"$var/fences/$1"
  token_like "$fence"
}

token_like() { number "$1" && [ ${#1} -le 13 ]; } # TEXT: one that a lock can have given, HIGHEST_SEEN at the most

fence_up() { # RESOURCE
  roots_alone "$var" 2>/dev/null && roots_alone "$var/fences" 2>/dev/null &&
    rm -f "$var/fences/$1.new" && { echo "$token" >"$var/fences/$1.new" && mv -f "$var/fences/$1.new" "$var/fences/$1"; } 2>/dev/null
}

within_fences() { # token (none: broken by hand), resources: may its bearer break these? The lock is ours
  [ -n "$token" ] || return 0
  token_like "$token" || { say_with_evidence unarmed "no lock gives the token $token" && return 1; }
  risen=no
  for resource in $resources; do
    fence_of "$resource" || { say_with_evidence unarmed "the fence $var/fences/$resource cannot be read" && return 1; }
    [ "$fence" -le "$token" ] || { say fenced ",\"resource\":\"$resource\",\"token\":$token,\"fence\":$fence" && return 1; }
    [ "$fence" != "$token" ] || continue
    fence_up "$resource" || { say_with_evidence unarmed "the fence $var/fences/$resource cannot be written" && return 1; }
    risen=yes
  done
  [ $risen = no ] || durable "$var"/fences/* "$var/fences" "$var" || { say_with_evidence unarmed "the fences in $var/fences cannot be kept" && return 1; }
}

raise_fences() { # token, resources: answers for each how high it stands now
  lock || { say_with_evidence unraised 'the lock of the ledger was not free within 60 s' && return; }
  lease='' risen=no
  for key in $resources; do
    fence_of "$key" || fence=0 # not whole: there is no better one than this
    if ! token_like "$token"; then
      say_with_evidence unraised "no lock gives the token $token"
    elif [ "$fence" -ge "$token" ]; then
      say raised ",\"fence\":$fence"
    elif fence_up "$key"; then
      risen=yes
      say raised ",\"fence\":$token"
    else
      say_with_evidence unraised "$var/fences/$key cannot be written"
    fi
  done
  [ $risen = no ] || { forget_fences && durable "$var"/fences/* "$var/fences" "$var"; }
  unlock
}

forget_fences() { # a fleet has tens of resources: of more than 256, those that nobody raised for the longest time
  # shellcheck disable=SC2012 # hashes
  ls -t "$var/fences" | tail -n +257 | while read -r old; do
    case " $resources " in *" $old "*) ;; *) rm -f "$var/fences/$old" ;; esac # a clock that jumped back makes it look old
  done
}
