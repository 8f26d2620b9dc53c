/** Signals of Linux by name, without SIG. Source: signal(7). */
const NAMES = [
  ...['HUP', 'INT', 'QUIT', 'ILL', 'TRAP', 'ABRT', 'IOT', 'BUS', 'FPE', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM'],
  ...['TERM', 'STKFLT', 'CHLD', 'CLD', 'CONT', 'STOP', 'TSTP', 'TTIN', 'TTOU', 'URG', 'XCPU', 'XFSZ', 'VTALRM', 'PROF'],
  ...['WINCH', 'IO', 'POLL', 'PWR', 'SYS', 'UNUSED'],
];
const LAST = 64;

/** As `docker kill --signal` takes it: `SIGTERM`, `TERM`, `RTMIN+3` or a number. */
export function isSignal(word: string): boolean {
  if (/^[1-9]\d?$/.test(word)) return Number(word) <= LAST;
  const name = word.replace(/^SIG/, '');
  return NAMES.includes(name) || /^RTM(IN(\+\d{1,2})?|AX(-\d{1,2})?)$/.test(name);
}
