# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# What faults are made of: words run where they belong, and what they say. Some answer 75 (EX_TEMPFAIL) when they could not look:
# that never counts as healed.

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
  # the probe has just looked
  case $seen in "$2 $3") state=$seen ;; *) state=$(container_state "$1") || { echo "$state" && return 75; } ;; esac
  case $state in
  "$2 $3") if [ "$3" = down ]; then engine start "$1"; else engine unpause "$1"; fi ;;
  *) echo "left alone: $state" ;;
  esac
}

service_state() { # PROJECT SERVICE: `ID running|paused|down`, or `none`
  label=label=com.docker.compose
  ids=$(engine ps -aq --no-trunc --filter "$label.project=$1" --filter "$label.service=$2" --filter "$label.oneoff=False" 2>&1) || {
    printf '%s\n' "$ids"
    return 75
  }
  [ -n "$ids" ] || { echo none && return; }
  for id in $ids; do
    found=$(container_state "$id") || { echo "$found" && return 75; }
    case $found in *' running' | *' paused') break ;; esac
  done
  echo "$id ${found##* }"
}

service_back() { # PROJECT SERVICE DIRECTORY WORDS…: starts its container; WORDS make one, in the directory, where there is none
  case $(service_state "$1" "$2") in
  none)
    cd "$3" || return
    shift 3
    "$@"
    ;;
  *' down') engine start "$(service_state "$1" "$2" | cut -d ' ' -f 1)" ;;
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
