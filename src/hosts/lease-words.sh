# shellcheck shell=sh disable=SC2015,SC2034,SC2154 # `a && b || c` where b cannot fail; variables of the other parts
# What faults are made of: words run where they belong, and what they say. Some answer 75 (EX_TEMPFAIL) when they could not look:
# that never counts as healed.

bounded() { within 30 "$@"; } # nothing that is stuck holds the lock for ever

has_timeout() { timeout -k 1 9 true; } 2>/dev/null # one that kills what does not end: busybox before 1.34 had none

within() { # SECONDS WORDS…
  if [ "$by_timeout" = yes ]; then
    timeout -k 1 "$@"
    return
  fi
  limit=$1
  shift
  "$@" <&0 &
  child=$!
  { sleep "$limit" && kill -KILL "$child"; } </dev/null >/dev/null 2>&1 9<&- &
  clock=$!
  wait "$child"
  outcome=$?
  kill -KILL "$clock" 2>/dev/null # a timer ignores TERM: the clock would end whoever has the child's number by then
  return $outcome
}

run() { # WORDS…: functions of ours bound what they run
  case $1 in *_* | feed | firewall | engine) "$@" ;; *) bounded "$@" ;; esac
}

feed() { # TEXT WORDS…
  text=$1
  shift
  printf '%s\n' "$text" | run "$@"
}

must_answer() { # WORDS…: a list that cannot be had is no empty list
  run "$@" || return 75
}

no_such() { # TEXT: the engine says that it has no such container. A socket or a program may be missing too: `No such file`
  case $1 in *'o such object'* | *'o such container'*) ;; *) return 1 ;; esac
}

line_like() { # PATTERN TEXT: sets line to the first such one, as an engine's client may warn before and after what it says
  rest=$2
  while [ -n "$rest" ]; do
    line=${rest%%"$nl"*}
    # shellcheck disable=SC2254 # a pattern
    case $line in $1) return 0 ;; esac
    rest=${rest#"$line"}
    rest=${rest#"$nl"}
  done
  printf '%s\n' "$2"
  return 75
}

find_container() { # ID STARTED; sets pid, `gone` when that incarnation has no process any more
  pid=$(engine inspect --format '{{.State.Pid}} {{.State.StartedAt}}' "$1" 2>&1) || {
    ! no_such "$pid" || { pid=gone && return 0; }
    printf '%s\n' "$pid"
    return 75
  }
  line_like '[0-9]* [0-9]*T*' "$pid" || return
  if [ "${line#* }" = "$2" ] && [ "${line%% *}" != 0 ]; then pid=${line%% *}; else pid=gone; fi
  case $pid in gone) ;; *[!0-9]*) printf '%s\n' "$pid" && return 75 ;; esac
}

remember_container() { # ID STARTED: one look serves all the words of one command
  known="$1 $2"
  find_container "$@" >/dev/null || return
  known_pid=$pid
  [ "$pid" = gone ] || born "$pid"
  known_birth=$birth
}

keep_network() { # KEY: which one the container's is, where the words go into one
  [ -z "$known_pid" ] || put "$dir/$1.net" "$(readlink "/proc/$known_pid/ns/net")"
}

find_lodger() { # KEY: who is in the network of a container that is gone, or of which no engine tells. It keeps what was done to that
  net=
  ! plain "$dir/$1.net" || read -r net <"$dir/$1.net"
  case $net in 'net:['*']') ;; *) return 0 ;; esac
  # shellcheck disable=SC2010 # numbers
  found=$(ls -l /proc/[0-9]*/ns/net 2>/dev/null | grep -F -e "-> $net" | head -n 1)
  pid=${found#*/proc/}
  pid=${pid%%/*}
  ! number "$pid" || ! born "$pid" || known_pid=$pid known_birth=$birth
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
    bounded nsenter -t "$pid" -n "$@"
  fi
}

container_state() { # ID: `STARTED running|paused|down`, or `gone`
  state=$(engine inspect --format '{{.State.StartedAt}} {{.State.Running}} {{.State.Paused}}' "$1" 2>&1) || {
    ! no_such "$state" || { echo gone && return 0; }
    printf '%s\n' "$state"
    return 75
  }
  line_like '[0-9]*T* [ft]* [ft]*' "$state" || return
  case $line in
  *' true true') printf '%s paused\n' "${line%% *}" ;;
  *' true false') printf '%s running\n' "${line%% *}" ;;
  *) printf '%s down\n' "${line%% *}" ;;
  esac
}

container_broken() { # ID STARTED kill|stop|restart|pause SIGNAL: that incarnation only, as whoever comes late must break no other
  state=$(container_state "$1")
  [ "$state" = "$2 running" ] || { echo "left alone: $state" && return 1; }
  # an engine goes on with a stop whose client is gone: no longer than we wait for that
  case $3 in kill) engine kill --signal "$4" "$1" ;; stop | restart) engine "$3" -t 10 "$1" ;; *) engine "$3" "$1" ;; esac
}

container_back() { # ID STARTED down|paused SECONDS: waits for what may still be ending, and starts or unpauses it, if it is still the incarnation that was broken
  # the probe has just looked
  case $seen in "$2 $3") state=$seen ;; *) state=$(container_state "$1") || { printf '%s\n' "$state" && return 75; } ;; esac
  waited=0
  while [ "$state" = "$2 running" ] && [ $waited -lt "${4:-0}" ]; do
    sleep 1
    waited=$((waited + 1))
    state=$(container_state "$1") || { printf '%s\n' "$state" && return 75; }
  done
  case $state in
  "$2 $3") if [ "$3" = down ]; then engine start "$1"; else engine unpause "$1"; fi ;;
  *) printf 'left alone: %s\n' "$state" ;;
  esac
}

service_state() { # PROJECT SERVICE: `ID running|paused|down`, or `none`
  label=label=com.docker.compose
  ids=$(engine ps -aq --no-trunc --filter "$label.project=$1" --filter "$label.service=$2" --filter "$label.oneoff=False" 2>&1) || {
    printf '%s\n' "$ids"
    return 75
  }
  of=none
  for id in $ids; do
    case $id in *[!0-9a-f]*) printf '%s\n' "$ids" && return 75 ;; esac
    found=$(container_state "$id") || { printf '%s\n' "$found" && return 75; }
    [ "$found" = gone ] || of="$id ${found##* }"
    case $found in *' running' | *' paused') break ;; esac
  done
  printf '%s\n' "$of"
}

service_back() { # PROJECT SERVICE DIRECTORY WORDS…: starts its container; WORDS make one, in the directory, where there is none
  case $(service_state "$1" "$2") in
  none)
    cd "$3" || return
    shift 3
    within 300 "$@"
    ;;
  *' down') engine start "$(service_state "$1" "$2" | cut -d ' ' -f 1)" ;;
  esac
}

capture() { # WORDS…; sets said, and answers with their status. A tool that floods is cut off, which is no answer
  said=$({ run "$@" 2>&1; printf '\n%s' "$?"; } | head -c 16000000)
  status=${said##*"$nl"}
  said=$(printf '%s' "${said%"$nl"*}")
  case $status in '' | *[!0-9]* | ????*) status=75 ;; esac
  return "$status"
}

step() { # WORDS…: one command of a fault; adds to evidence when it fails
  capture "$@" || evidence="$evidence${evidence:+$nl}\`$*\` exited $status: $said"
  return "$status"
}

look() { # WORDS…; sets seen
  capture "$@"
  seen=$said
  case $status in 75 | 12[4-7] | 137 | 143) return 75 ;; esac
}
