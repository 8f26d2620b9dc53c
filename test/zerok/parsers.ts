import { classifyClientError } from '../../src/zerok/client-errors.ts';
import { partsOf } from '../../src/zerok/commands.ts';
import { endpointIdOf } from '../../src/zerok/endpoint-id.ts';
import { versionOf } from '../../src/zerok/ground.ts';
import { parseGroup } from '../../src/zerok/group-file.ts';
import { parseHealth } from '../../src/zerok/health.ts';
import { ownLogIsEmpty, scanForLeaks } from '../../src/zerok/leak.ts';
import { matchPulled } from '../../src/zerok/match-pulled.ts';
import { parseMetrics } from '../../src/zerok/metrics.ts';
import { parsePull } from '../../src/zerok/pull-output.ts';
import { parsePush } from '../../src/zerok/push-output.ts';
import { judgeVitals, readVitals } from '../../src/zerok/relay-vitals.ts';
import type { RelayVitals } from '../../src/zerok/relay-vitals.ts';
import { pushBegun } from './samples.ts';

export const KNOWN_TEXTS = ['hello one', 'A2', '', 'hello one\n  [2] A2', 'x'.repeat(5000)];

const NEEDLES = ['a message of this run', 'hello one', 'passphrase-passphrase'].map((text) => ({ label: text, text }));

export const someVitals: RelayVitals = {
  ...{
    relay: 'relay-1',
    startedAt: '',
    restarts: 0,
    status: 'running',
    exitCode: 0,
    rssKib: 1,
    openFiles: 1,
    machineSeconds: 1,
    workerSeconds: 1,
    health: null,
  },
  metrics: { errors_total: 0 },
};

/** Everything that reads what programs of others printed, by its name. */
export const parsers: Record<string, (text: string) => unknown> = {
  'parsePush of stdout': (text) => parsePush({ stdout: text, stderr: '' }),
  'parsePush of stderr': (text) => parsePush({ stdout: pushBegun, stderr: text }),
  'parsePull of stdout': (text) => parsePull({ stdout: text, stderr: '' }),
  'parsePull of stderr': (text) => parsePull({ stdout: '', stderr: text }),
  matchPulled: (text) => matchPulled(parsePull({ stdout: text, stderr: '' }), KNOWN_TEXTS),
  classifyClientError,
  endpointIdOf,
  versionOf,
  parseHealth,
  parseMetrics,
  parseGroup,
  partsOf,
  ownLogIsEmpty,
  scanForLeaks: (text) => scanForLeaks(text, NEEDLES),
  readVitals: (text) => readVitals(text, 42),
  'judgeVitals of a log': (text) =>
    judgeVitals(someVitals, someVitals, { rows: 0, bytes: 0, pulls: 0, log: text, own: [] }),
};
