import { strict as assert } from 'node:assert';
import type { ContainerAction } from '../../src/contract/fault-spec.ts';
import { judgeVitals, readVitals } from '../../src/zerok/relay-vitals.ts';
import type { RelayVitals } from '../../src/zerok/relay-vitals.ts';

const health = {
  ...{ status: 'ok', version: '0.1.0', connections: 0, groups: 1, uptimeSeconds: 9 },
  ...{ totalBlobs: 10, storageBytes: 480, groupsWithData: 1 },
};

const vitals = (change: Partial<RelayVitals> = {}, metrics: Record<string, number> = {}): RelayVitals => ({
  ...{
    relay: 'relay-1',
    startedAt: 'then',
    restarts: 0,
    status: 'running',
    exitCode: 0,
    rssKib: 40_000,
    openFiles: 20,
    machineSeconds: 1000,
    workerSeconds: 5000,
    health,
  },
  metrics: {
    pushes_total: 10,
    pulls_total: 10,
    blobs_stored_total: 10,
    storage_blobs: 10,
    errors_total: 0,
    ...metrics,
  },
  ...change,
});

const grown = { pushes_total: 13, blobs_stored_total: 13, storage_blobs: 13 };
const seen = { rows: 3, bytes: 0, pulls: 0, log: '', own: [] };
const did = (...actions: ContainerAction[]) => actions.map((action) => ({ action }));
const ids = (list: { id: string }[]) => list.map(({ id }) => id);
const judge = (after: RelayVitals, what = seen) => {
  const { broken, findings } = judgeVitals(vitals(), after, what);
  return [...ids(broken), ...ids(findings)];
};

describe('readVitals', () => {
  it("reads one process's row and the machine's clock", () => {
    const known = { rssKib: 45_000, openFiles: 21, machineSeconds: 1_795_357_967 };
    assert.deepEqual(readVitals('now 1795357967\n12 45000 21\n13 1 1\n', 12), known);
    assert.deepEqual(readVitals('now 1795357967\n12 45000 21 60000\n', 12), { ...known, peakKib: 60_000 });
  });

  it('knows nothing of a process that is not there, and says so', () => {
    for (const text of ['', 'now 5\n', 'now 5\n12 0 0\n', 'garbage']) assert.equal(readVitals(text, 12).rssKib, null);
    assert.equal(readVitals('0 5 5', 0).openFiles, null);
  });
});

describe('the vitals of a relay after a run', () => {
  it('are good when they grew as far as its pushes explain', () => {
    assert.deepEqual(
      judge(vitals({ rssKib: 60_000, openFiles: 25, health: { ...health, totalBlobs: 13 } }, grown)),
      [],
    );
  });

  it('are good when other runs have pushed as well', () => {
    const busy = { pushes_total: 40, blobs_stored_total: 38, storage_blobs: 38 };
    assert.deepEqual(judge(vitals({ health: { ...health, totalBlobs: 38 } }, busy)), []);
  });

  it('break the bounds of memory and of open files', () => {
    assert.deepEqual(judge(vitals({ rssKib: 240_000, openFiles: 90 }, grown)), ['relay-memory', 'relay-open-files']);
  });

  const odd: [string, Record<string, number>][] = [
    ['fewer stored blobs than it holds', { ...grown, blobs_stored_total: 12 }],
    ['fewer pushes than stored blobs', { ...grown, pushes_total: 11 }],
    ['two pushes for each stored blob', { ...grown, pushes_total: 16 }],
    ['fewer blobs than this run alone has there', { ...grown, storage_blobs: 2 }],
  ];
  for (const [what, metrics] of odd) {
    it(`are found wrong with ${what}`, () => {
      assert.deepEqual(judge(vitals({ health: { ...health, totalBlobs: metrics['storage_blobs'] ?? 0 } }, metrics)), [
        'metrics-wrong',
      ]);
    });
  }

  it('are found wrong with a counter that fell, or that is no number', () => {
    const told = (metrics: Record<string, number>) =>
      judgeVitals(vitals({}, { connections_total: 9 }), vitals({}, { ...grown, ...metrics }), seen).findings[0]
        ?.message;
    assert.match(told({ connections_total: 4 }) ?? '', /connections_total fell from 9 to 4$/);
    assert.match(told({ pulls_total: Number.NaN }) ?? '', /its metrics do not tell pulls_total$/);
    assert.equal(told({ connections_total: 9 }), undefined);
  });

  const served = { ...seen, bytes: 600, pulls: 6 };
  const busy = { pulls_total: 16, connections_total: 8, bytes_received_total: 820, storage_bytes: 1_020 };
  const lies: [string, Record<string, number>, Partial<typeof health>][] = [
    ['pulls_total grew by 5, and it answered 6 pulls', { pulls_total: 15 }, {}],
    ['connections_total grew by 5, and 6 clients were served', { connections_total: 7 }, {}],
    ['bytes_received_total grew by 599, and it holds 600 new bytes', { bytes_received_total: 699 }, {}],
    ['storage_bytes is 599, and this run alone has 600 there', { storage_bytes: 599 }, {}],
    ['storage_bytes of its health is 1, and this run alone has 600 there', {}, { storageBytes: 1 }],
    ['storage_blobs grew by 9, blobs_stored_total by 3', { storage_blobs: 19 }, {}],
    ['connections_active is 9, connections_total 8', { connections_active: 9 }, {}],
    ['uptime_seconds of its health went from 9 to 3 in 60 s', {}, { uptimeSeconds: 3 }],
    ['uptime_seconds of its health went from 9 to 699 in 60 s', {}, { uptimeSeconds: 699 }],
  ];
  for (const [said, metrics, page] of [['', {}, {}] as [string, object, object], ...lies]) {
    it(said === '' ? 'are good when they count what they served' : `are found wrong where ${said}`, () => {
      const was = vitals({}, { connections_total: 2, bytes_received_total: 100 });
      const now = vitals({ workerSeconds: 5060, machineSeconds: 1060 }, { ...grown, ...busy, ...metrics });
      now.health = { ...health, totalBlobs: 13, storageBytes: 1_020, uptimeSeconds: 69, ...page };
      const { findings } = judgeVitals(was, now, served);
      assert.deepEqual(
        findings.map(({ message }) => message),
        said === '' ? [] : [`relay-1: ${said}`],
      );
    });
  }

  it('say nothing of an uptime where the clock of the machine jumped', () => {
    const now = vitals({ workerSeconds: 9_000, health: { ...health, totalBlobs: 13 } }, grown);
    assert.deepEqual(ids(judgeVitals(vitals(), now, seen).findings), []);
  });

  it('are found wrong with no counters at all, unless its health does not answer either', () => {
    assert.deepEqual(judge({ ...vitals(), metrics: {} }), ['metrics-wrong']);
    assert.deepEqual(judge({ ...vitals({ health: null }), metrics: {} }), []);
  });

  it('tell memory that it took and gave back, if it was within the run', () => {
    const was = vitals({ peakKib: 50_000 });
    const told = (before: RelayVitals, peakKib: number) => {
      const { broken, findings } = judgeVitals(before, vitals({ peakKib }, grown), seen);
      return [broken, ids(findings)];
    };
    assert.deepEqual(told(was, 240_000), [[], ['relay-memory']]);
    assert.deepEqual(told(was, 60_000), [[], []]);
    assert.deepEqual(told(vitals({ peakKib: 240_000 }), 240_000), [[], []]);
  });

  it('tell a relay that Docker started again, also one that the run has broken, and none that somebody or the run started', () => {
    const told = (restarts: number, ...own: ContainerAction[]) =>
      ids(
        judgeVitals(vitals(), vitals({ startedAt: 'later', restarts }), { ...seen, own: did(...own), rows: 0 })
          .findings,
      );
    assert.deepEqual(
      [told(1), told(1, 'kill'), told(0), told(0, 'kill')],
      [['relay-crashed'], ['relay-crashed'], [], []],
    );
    assert.deepEqual(ids(judgeVitals(vitals({ restarts: 2 }), vitals({ restarts: 2 }, grown), seen).findings), []);
  });

  it('say nothing of counters that began anew with a restart', () => {
    assert.deepEqual(judge(vitals({ startedAt: 'later' }, { ...grown, blobs_stored_total: 0, pushes_total: 0 })), []);
  });

  it('say where the clock of the machine jumped, and not where it drifts', () => {
    const after = (machineSeconds: number) =>
      judgeVitals(vitals(), vitals({ machineSeconds, workerSeconds: 5060 }), seen);
    assert.deepEqual(after(1070).outside, []);
    assert.match(after(1060 - 31_536_000).outside[0] ?? '', /relay-1 jumped by -31536000 s/);
  });

  it('say where the clock jumped and came back, by what was logged meanwhile', () => {
    const [before, after] = [1_795_357_000, 1_795_357_060].map((machineSeconds, n) =>
      vitals({ machineSeconds, workerSeconds: 5000 + 60 * n }, n === 0 ? {} : grown),
    ) as [RelayVitals, RelayVitals];
    const told = (...seconds: number[]) => {
      const lines = seconds.map(
        (at) =>
          `\u001b[2m${new Date(at * 1000).toISOString()}\u001b[0m \u001b[32m INFO\u001b[0m zerok_sync_relay: fine\n`,
      );
      return judgeVitals(before, after, { ...seen, log: lines.join('') }).outside;
    };
    assert.deepEqual(told(1_795_356_990, 1_795_357_030, 1_795_357_070), []);
    const away = 1_795_357_030 + 31_536_000;
    assert.match(
      told(1_795_357_010, away, 1_795_357_050).join(),
      /relay-1 jumped during the run and came back: it logged at 2027/,
    );
    assert.equal(told(1_795_357_030 - 86_400).length, 1);
  });

  it('say where somebody restarted the relay, and neither where the run did, nor where it crashed', () => {
    const after = (change: Partial<RelayVitals>, ...own: ContainerAction[]) =>
      judgeVitals(vitals(), vitals({ startedAt: 'later', ...change }), { ...seen, own: did(...own) }).outside;
    assert.deepEqual(after({}), ['relay-1 was started again at later, during the run and not by it']);
    assert.deepEqual(after({ startedAt: 'then' }), []);
    assert.deepEqual(after({}, 'kill'), []);
    assert.match(String(after({}, 'pause')), /was started again/);
    const leftAt = (...times: string[]) =>
      judgeVitals(vitals(), vitals({ startedAt: '2026-11-28T10:00:02.5Z' }), {
        ...seen,
        own: times.map((startedAt) => ({ action: 'kill', startedAt })),
      }).outside;
    assert.deepEqual(leftAt('2026-11-28T10:00:02.5Z', '2026-11-28T10:00:01.25Z'), []);
    assert.match(String(leftAt('2026-11-28T10:00:01.25Z')), /was started again at 2026-11-28T10:00:02\.5Z/);
    assert.deepEqual(after({ restarts: 1 }), []);
  });

  it('say where somebody gave the relay another container, whatever the run did to the one that it had', () => {
    const after = (...own: ContainerAction[]) => {
      const now = vitals({ container: 'new', startedAt: 'later' });
      return judgeVitals(vitals({ container: 'old' }), now, { ...seen, own: did(...own) }).outside;
    };
    const said = ['relay-1 is in another container than before the run, and not by it'];
    assert.deepEqual([after(), after('kill'), after('stop', 'recreate'), after('rebuild')], [said, said, [], []]);
  });

  it('say where somebody paused the relay and let it go on, and not where the run did', () => {
    const told = (...own: ContainerAction[]) =>
      judgeVitals(vitals(), vitals(), { ...seen, own: did(...own), pausedAt: 1_795_357_000 }).outside;
    const said = 'relay-1 was paused at 2026-11-22T14:16:40.000Z, during the run and not by it';
    assert.deepEqual([told(), told('kill'), told('pause')], [[said], [said], []]);
  });

  it('say where the machine was booted, whatever the run did to the relay', () => {
    const [one, other] = ['c3', 'd4'].map((end) => `5b0c7e8a-0d1f-4c53-9f2a-1a2b3c4d5e${end}`);
    const look = (bootId = '') => ({ ...vitals(), ...readVitals(`now 1060\nboot ${bootId}\n`, 1) });
    const told = judgeVitals(look(one), look(other), { ...seen, own: did('kill') }).outside;
    assert.deepEqual(told, ['the machine of relay-1 was booted during the run']);
    assert.deepEqual(judgeVitals(look(one), look(''), seen).outside, []);
    const down = { status: 'exited', exitCode: 255, health: null };
    const accused = (before: RelayVitals, after: RelayVitals): string[] =>
      ids(judgeVitals(before, { ...after, ...down }, seen).findings).filter((id) => id === 'relay-crashed');
    assert.deepEqual([accused(look(one), look(other)), accused(look(one), look(one))], [[], ['relay-crashed']]);
  });

  it('tell a relay that somebody ended or paused from one that ended by itself, unless the run did that', () => {
    const told = (change: Partial<RelayVitals>, ...own: ContainerAction[]) => {
      const { outside, findings } = judgeVitals(vitals(), vitals({ ...change, health: null }), {
        ...seen,
        own: did(...own),
      });
      return [outside, ids(findings).filter((id) => id !== 'metrics-wrong')];
    };
    const killed = { status: 'exited', exitCode: 137 };
    assert.deepEqual(told(killed), [['relay-1 was ended during the run and not by it (exit code 137)'], []]);
    assert.deepEqual(told({ status: 'paused' }), [['relay-1 is paused, and not by the run'], []]);
    assert.deepEqual(told({ status: 'exited', exitCode: 101 }), [[], ['relay-crashed']]);
    assert.deepEqual(
      [told(killed, 'kill'), told({ status: 'running', exitCode: 137 })],
      [
        [[], []],
        [[], []],
      ],
    );
  });

  const trouble = '2026-02-08T10:00:00.0Z  WARN zerok_sync_relay::session: response too large\n';
  it('are found to count no error though the log has some', () => {
    const log = `${trouble}2026-02-08T10:00:00.0Z  INFO zerok_sync_relay: fine\n`;
    assert.deepEqual(judge(vitals({}, grown), { ...seen, log }), ['errors-not-counted']);
    assert.deepEqual(judge(vitals({}, { ...grown, errors_total: 1 }), { ...seen, log }), []);
  });

  it('are found to count errors of which its log, which is there, has none', () => {
    const log = '2026-02-08T10:00:00.0Z  INFO zerok_sync_relay: fine\n';
    assert.deepEqual(judge(vitals({}, { ...grown, errors_total: 1 }), { ...seen, log }), ['metrics-wrong']);
    assert.deepEqual(judge(vitals({}, { ...grown, errors_total: 1 }), seen), []);
  });
});
