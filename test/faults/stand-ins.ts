import type { ScratchMachine } from './scratch-machine.ts';

export const CONTAINER = 'c0ffee0123456789c0ffee0123456789c0ffee0123456789c0ffee0123456789';
export const STARTED = '2026-11-22T17:13:52.010937895Z';

/** `docker inspect`, `start`, `unpause`, `kill` and `pause` of one container, kept in a file: `STARTED RUNNING PAUSED PID`. */
const DOCKER = `
file=/run/stand-in-docker
[ -e /run/docker-is-down ] && echo 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock' >&2 && exit 1
for id in "$@"; do :; done
[ "$1" = ps ] && { [ ! -e $file ] || echo ${CONTAINER}; exit; }
[ "$1" = compose ] && { echo "2026-11-22T18:30:00.$$Z true false 1" >$file; exit; }
[ "$id" = ${CONTAINER} ] && [ -e $file ] || { echo "Error: No such object: $id" >&2; exit 1; }
read -r started running paused pid <$file
put() { echo "$*" >$file; }
case $1 in
inspect)
  status=exited
  [ $running = false ] || status=running
  [ $paused = false ] || status=paused
  case $3 in
  *Pid*) echo "$pid $started" ;;
  *Id*) echo "$id /relay-1 $status $started" ;;
  *) echo "$started $running $paused" ;;
  esac ;;
start) [ $running = true ] || put "2026-11-22T18:00:00.$$Z true false 1" ;;
unpause) put "$started $running false $pid" ;;
rm) rm $file ;;
kill | stop) put "$started false false 0" ;;
pause) put "$started true true $pid" ;;
restart) put "2026-11-22T18:00:00.$$Z true false 1" ;;
esac`;

/** A container whose network namespace is that of the machine. */
export async function withDocker(machine: ScratchMachine): Promise<void> {
  machine.program('docker', DOCKER);
  await machine.output('dash', '-c', `echo '${STARTED} true false 1' >/run/stand-in-docker`);
}

/**
 * `tc qdisc` and `tc filter` as the kernel answers them, for kernels without prio and netem: add over a root that is there, delete
 * by a handle that is not there, and children of nothing are refused.
 */
const TC = `
state=/run/stand-in-tc
mkdir -p $state
case "$*" in
'-force -batch -') while read -r line; do tc $line; done; exit ;;
'-batch -') while read -r line; do tc $line || exit; done; exit ;;
esac
object=$1 verb=$2 dev= at= handle= prio=
shift 2
all=$*
while [ $# -gt 0 ]; do
  case $1 in
  dev) dev=\${dev:-$2} && shift ;;
  root) at=root ;;
  ingress) at='parent ffff:fff1' rest='ingress' ;;
  parent) at="parent $2" && shift ;;
  handle) handle=$2 && shift ;;
  prio | netem | htb) if [ $object = filter ]; then prio=$2; else rest="$*" && break; fi ;;
  esac
  shift
done
fail() { echo "$2" >&2; exit $1; }
[ -z "$dev" ] || [ "$dev" = lo ] || ip link show "$dev" >/dev/null 2>&1 || fail 1 "Cannot find device \\"$dev\\""
now=$state/$dev
case "$object $verb" in
'qdisc show')
  for now in $state/\${dev:-*}.qdiscs; do # what a device had goes with it
    name=\${now##*/}
    [ "\${name%.qdiscs}" = lo ] || ip link show "\${name%.qdiscs}" >/dev/null 2>&1 || rm -f "$now"
  done
  for now in $state/\${dev:-*}.qdiscs; do
    name=\${now##*/}
    case $name in zk*) ;; *) grep -qs ' root ' "$now" || echo 'qdisc fq_codel 0: root refcnt 2 limit 10240p' ;; esac
    if [ "$at" = root ]; then grep -s ' root' "$now"; else cat "$now" 2>/dev/null; fi
  done
  : ;;
'qdisc add')
  case $at in
  root) ! grep -qs ' root ' "$now.qdiscs" || fail 2 'Error: Exclusivity flag on, cannot modify.' ;;
  'parent ffff:fff1') ! grep -qs 'ffff:' "$now.qdiscs" || fail 2 'Error: Exclusivity flag on, cannot modify.' ;;
  *) grep -qs ' root ' "$now.qdiscs" || fail 2 'Error: Failed to find specified qdisc.' ;;
  esac
  set -- $rest
  kind=$1
  shift
  case $at in root) at='root refcnt 2' ;; esac
  echo "qdisc $kind $handle $at $*" >>"$now.qdiscs" ;;
'qdisc del')
  [ -s "$now.qdiscs" ] || fail 2 'Error: Cannot delete qdisc with handle of zero.'
  case $at in
  root)
    grep -q "qdisc [a-z]* $handle root" "$now.qdiscs" || fail 2 'Error: Invalid handle.'
    sed -i '/ffff:/!d' "$now.qdiscs"
    [ ! -e "$now.filters" ] || sed -i '/parent ffff:/!d' "$now.filters" ;;
  'parent ffff:fff1') sed -i '/ffff:/d' "$now.qdiscs"; [ ! -e "$now.filters" ] || sed -i '/parent ffff:/d' "$now.filters" ;;
  *) grep -q "$handle $at" "$now.qdiscs" || fail 2 'Error: Invalid handle.'; sed -i "/$handle $at/d" "$now.qdiscs" ;;
  esac ;;
'filter add')
  grep -qs ' root \\|ffff:' "$now.qdiscs" || fail 2 'Error: Parent Qdisc does not exist.'
  case $all in *redirect*) all="$all (Egress Redirect to device \${all##* })" ;; esac
  echo "filter $at pref $prio $all" >>"$now.filters" ;;
'filter del')
  grep -qs "$at pref $prio " "$now.filters" || fail 2 'Error: Cannot find specified filter chain.'
  sed -i "/$at pref $prio /d" "$now.filters" ;;
'filter show')
  if [ -n "$at" ]; then grep -s "$at " "$now.filters"; else cat "$now.filters" 2>/dev/null; fi || : ;;
esac`;

export function withTrafficControl(machine: ScratchMachine): void {
  machine.program('tc', TC);
}

/** systemd as far as leases need it: units are processes of their own, kept in files, with the environment and the network of process 1. */
export async function withSystemd(machine: ScratchMachine): Promise<void> {
  await machine.output('mkdir', '-p', '/run/systemd/system', '/run/units');
  machine.program(
    'systemd-run',
    `path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
for word in "$@"; do
  case $word in --unit=*) unit=\${word#*=} ;; --on-active=*) after=\${word#*=} ;; --setenv=PATH=*) path=\${word#*PATH=} ;; esac
done
while [ "$1" != /bin/sh ]; do shift; done
shift
[ ! -e "/run/units/$unit" ] || { echo 'already loaded' >&2; exit 1; }
setsid nsenter -t 1 -n env -i PATH="$path" dash -c 'echo $$ >"/run/units/$1"; sleep "\${2%s}"; shift 2; exec sh "$@"' _ "$unit" "$after" "$@" </dev/null >/dev/null 2>&1 &`,
  );
  machine.program(
    'systemctl',
    `verb=$1
shift
if [ $verb = is-active ]; then
  for unit in "$@"; do read -r pid 2>/dev/null <"/run/units/\${unit%.*}" && kill -0 "$pid" && exit; done
  exit 3
fi
for unit in "$@"; do
  file=/run/units/\${unit%.*}
  [ ! -e "$file" ] || { read -r pid <"$file"; rm -f "$file"; kill -- "-$pid"; }
done`,
  );
}
