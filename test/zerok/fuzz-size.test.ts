import { strict as assert } from 'node:assert';
import { DEADLINE_MS } from './fuzz-runs.ts';
import { cpuMs, HOPELESS_MS } from './hostile-text.ts';
import { parsers } from './parsers.ts';
import * as samples from './samples.ts';

/** As much as is ever read of a command or a log. */
const LONGEST = 4 * 1024 * 1024;

/** What stands first, what is repeated up to 4 MB, and what stands last. */
const FLOODS: Record<string, [string, string, string]> = {
  'one line of x': ['', 'x', ''],
  'empty lines': ['', '\n', 'x'],
  'white space': ['', ' ', 'x'],
  'Windows line ends': ['', '\r\n', 'x'],
  'one row of empty lines, cut short': ['Received 1 blob(s):\n\n  [1] ', '\n', 'x'],
  'one row of empty lines': ['Received 1 blob(s):\n\n  [1] ', '\n', 'x\n\nCursor updated to 1\n'],
  'last lines, one after the other': ['Received 1 blob(s):\n\n  [1] ', '\n\nCursor updated to 1', 'x'],
  'rows of one message': ['Received 1 blob(s):\n\n', '  [1] x\n', '\nCursor updated to 1\n'],
  'rows that rise': [
    'Received 100 blob(s):\n\n',
    Array.from({ length: 999 }, (_, n) => `  [${n}] x\n`).join(''),
    '\n\n',
  ],
  'first lines': ['', 'Received 1 blob(s):\n', ''],
  digits: ['Received ', '9', ' blob(s):\n'],
  'digits after a name': ['relay-1 ', '9', ' 1\n'],
  'errors of relays': ['    all relays failed: ', `${samples.PEER}: connection failed: timed out; `, ''],
  'words of an error': ['', 'Error: all relays failed: ', ''],
  'programs that are not there': ['', ': not found', ' '],
  'endpoint ids': ['', `Endpoint ID: ${samples.PEER}\n`, ''],
  'endpoint ids in one line': ['', 'Endpoint ID: ', ''],
  'names of the relay in a line of its log': ['2026-02-08T10:00:00Z  WARN ', 'sync_relay::', ''],
  'many times in a line of a log': ['', '2026Z', ''],
  colours: ['', '\u001b[2m', ''],
  'colours that do not end': ['', '\u001b]', ''],
  'one colour that does not end': ['\u001b[', '1;', ''],
  'one title that does not end': ['\u001b]', ';a', ''],
  'open brackets': ['', '[', ''],
  'open braces': ['', '{"a":', ''],
  quotes: ['', '"', ''],
  'one label': ['a{b="', 'x', '"} 1'],
  'escapes in one label': ['a{b="', '\\\\', '"} 1'],
  labels: ['a{', 'b="c",', '} 1'],
  'bad cursors': ['{"relay_addresses":[],"cursors":{', '"b":-1,', '"c":1}}'],
  'bad addresses': ['{"relay_addresses":[', '"b",', '"c"]}'],
  vitals: ['', '42 1 1\n', ''],
};

describe('4 MB of output', function () {
  this.timeout(DEADLINE_MS);

  for (const [what, [first, repeated, last]] of Object.entries(FLOODS)) {
    it(`made of ${what} are read in bounded time, and told in a sentence`, () => {
      const text = first + repeated.repeat(Math.floor(LONGEST / repeated.length)) + last;
      for (const [name, parse] of Object.entries(parsers)) {
        let answer: unknown;
        const ms = cpuMs(() => (answer = parse(text)));
        assert.ok(ms < HOPELESS_MS, `${name} took ${ms} ms`);
        const { error, reason } = (answer ?? {}) as { error?: unknown; reason?: string };
        if (typeof error === 'string') assert.ok(error.length < 1000, `${name}: ${error.length} characters`);
        if (reason !== undefined) assert.ok(reason.length < 2000, `${name}: ${reason.length} characters`);
      }
    });
  }
});
