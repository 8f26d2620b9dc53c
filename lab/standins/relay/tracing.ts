/** The crate that the product's log lines belong to; `sync_relay=debug`, as in its compose file, matches none of them. */
const CRATE = 'zerok_sync_relay';
const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const;
export type Level = (typeof LEVELS)[number];
/** ANSI colours of tracing-subscriber, which it prints on a terminal or not. */
const COLOURS: Record<Level, string> = { error: '31', warn: '33', info: '32', debug: '34', trace: '35' };

export type Log = (level: Level, module: string, text: string) => void;

/** Log lines as tracing-subscriber prints them, filtered as RUST_LOG says. `isMuted` is asked at every line. */
export function tracing(rustLog: string, write: (line: string) => void, isMuted: () => boolean): Log {
  return (level, module, text) => {
    const target = module === '' ? CRATE : `${CRATE}::${module}`;
    if (LEVELS.indexOf(level) > LEVELS.indexOf(maxLevel(rustLog, target)) || isMuted()) return;
    const time = new Date().toISOString().replace('Z', '000Z');
    const name = level.toUpperCase().padStart(5);
    write(
      `\u001b[2m${time}\u001b[0m \u001b[${COLOURS[level]}m${name}\u001b[0m \u001b[2m${target}\u001b[0m\u001b[2m:\u001b[0m ${text}\n`,
    );
  };
}

/** The level of the longest directive that matches `target`; without one, errors only, as EnvFilter does. */
function maxLevel(rustLog: string, target: string): Level {
  let best = { length: -1, level: 'error' as Level };
  for (const directive of rustLog.split(',')) {
    const [left = '', right] = directive.trim().split('=');
    const isLevel = right === undefined && LEVELS.includes(left.toLowerCase() as Level);
    const prefix = isLevel ? '' : left;
    const level = (isLevel ? left : (right ?? 'trace')).toLowerCase() as Level;
    const matches = prefix === '' || target === prefix || target.startsWith(`${prefix}::`);
    if (left !== '' && matches && LEVELS.includes(level) && prefix.length > best.length) {
      best = { length: prefix.length, level };
    }
  }
  return best.level;
}
