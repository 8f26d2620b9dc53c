import { strict as assert } from 'node:assert';
import { FLEET } from '../../src/cli/init.ts';
import {
  describeWatch,
  hoursProblem,
  interfaceProblem,
  isWithin,
  longestProblem,
  neverProblem,
} from '../../src/fleet/guard-rules.ts';
import type { Hours } from '../../src/fleet/guards.ts';
import { FleetError, parseFleet } from '../../src/fleet/load.ts';
import type { Fleet } from '../../src/fleet/schema.ts';

const SOUND = `name: rails
machines:
  q: { local: true }
  beast: { ssh: { host: 192.0.2.1 }, docker: {} }
  guardian: { ssh: { host: 192.0.2.2 } }
relays:
  relay-1: { machine: beast, service: relay-1, health: 'http://192.0.2.1:8090/health' }
  relay-2: { machine: beast, service: relay-2, health: 'http://192.0.2.1:8091/health' }
clients:
  beast: { machine: beast, service: client-beast, data: /data }
  guardian: { machine: guardian, data: /tmp/g }
guards:
`;

const fleetWith = (guards: string): Fleet => parseFleet(`${SOUND}${guards}`, 'fleet.yml');
const said = (guards: string): string => {
  try {
    fleetWith(guards);
  } catch (error) {
    assert.ok(error instanceof FleetError, String(error));
    return error.message;
  }
  return assert.fail('the fleet was accepted');
};

describe('the guards of a fleet file', () => {
  it('stand in the template as comments that become guards as they are', () => {
    const uncommented = FLEET.slice(FLEET.indexOf('# guards:')).replaceAll(/^# ?/gm, '');
    const { guards } = parseFleet(FLEET + uncommented, 'fleet.yml');
    assert.deepEqual(guards?.never.targets, ['relay-3', 'machine beast']);
    assert.equal(guards.abortWhen.length, 3);
  });

  for (const [what, guards, message] of [
    ['an unknown key', '  nevr: {}', /^fleet\.yml:\d+: guards\.nevr: unknown key; did you mean `never`\?/],
    [
      'an unknown key of a watch',
      "  abortWhen: [{ url: 'http://x/', forSecond: 1, forSeconds: 1 }]",
      /guards\.abortWhen\.0\.forSecond: unknown key; did you mean `forSeconds`/,
    ],
    [
      'a target that nobody knows',
      '  never: { targets: [relay-9] }',
      /guards\.never\.targets\.0: no `relay-9`.*relay-1/,
    ],
    [
      'a machine that nobody knows',
      '  never: { interfaces: { beats: [eth0] } }',
      /guards\.never\.interfaces\.beats: no machine `beats`.*beast/,
    ],
    [
      'a watch of nothing',
      '  abortWhen: [{ forSeconds: 1 }]',
      /guards\.abortWhen\.0: .*one of `url`, `metric` or `command`/,
    ],
    [
      'a watch of two things',
      "  abortWhen: [{ url: 'http://x/', command: [a], machine: q, forSeconds: 1 }]",
      /one of `url`, `metric` or `command`/,
    ],
    [
      'a command on no machine',
      '  abortWhen: [{ command: [a], forSeconds: 1 }]',
      /`command` and `machine` go together/,
    ],
    [
      'a command on a machine that nobody knows',
      '  abortWhen: [{ command: [a], machine: z, forSeconds: 1 }]',
      /guards\.abortWhen\.0\.machine: no machine `z`/,
    ],
    [
      'a metric without bounds',
      "  abortWhen: [{ metric: { url: 'http://x/', name: m }, forSeconds: 1 }]",
      /say `above`, `below` or both/,
    ],
    ['a file as a URL', "  abortWhen: [{ url: 'file:///etc/passwd', forSeconds: 1 }]", /guards\.abortWhen\.0\.url/],
    ['hours in no time zone', '  hours: { from: "20:00", to: "06:00" }', /guards\.hours\.timezone/],
    [
      'hours that are no time',
      '  hours: { from: "24:00", to: "06:00", timezone: UTC }',
      /guards\.hours\.from: `24:00`: a time of day/,
    ],
    ['hours of no length', '  hours: { from: "06:00", to: "06:00", timezone: UTC }', /are the same/],
    [
      'a day that there is not',
      '  hours: { from: "20:00", to: "06:00", timezone: UTC, days: [mo] }',
      /guards\.hours\.days\.0/,
    ],
    ['no faults at all', '  mostFaults: 0', /guards\.mostFaults/],
  ] as const)
    it(`are refused with ${what}, naming line and field`, () => {
      const problem = said(guards);
      assert.match(problem, message);
      assert.match(problem, /^fleet\.yml:13: /);
    });
});

describe('what is never broken', () => {
  const never = (targets: string, target: string): string | undefined =>
    neverProblem(fleetWith(`  never: { targets: ${targets} }`), { target });

  it('is refused itself, and as a part of a machine; what is beside it is not', () => {
    assert.match(never('[relay-1]', 'relay-1') ?? '', /names `relay-1`: it is never broken/);
    assert.match(never('[relay-1]', 'machine beast') ?? '', /a fault on `machine beast` would disturb it/);
    assert.equal(never('[relay-1]', 'relay-2'), undefined);
    assert.equal(never('[relay-1]', 'guardian'), undefined);
  });

  it('is this machine itself, where no heal and no sweep would look', () => {
    const here = parseFleet(SOUND.replace(/^guards:\n/m, ''), 'fleet.yml');
    for (const target of ['q', 'machine q']) {
      assert.match(neverProblem(here, { target }) ?? '', /is this machine itself \(`machines\.q\.local`/);
    }
    assert.equal(neverProblem(here, { target: 'guardian' }), undefined);
  });

  it('is a machine itself where a machine is named, and what runs on it has names of its own', () => {
    assert.match(never('[machine beast]', 'machine beast') ?? '', /never broken/);
    assert.equal(never('[machine beast]', 'relay-1'), undefined);
    assert.match(never('[guardian]', 'machine guardian') ?? '', /never broken/);
    assert.match(never('[all relays]', 'relay-2') ?? '', /`all relays`/);
  });

  it('is an interface of one machine, which a cut from everything cuts as well', () => {
    const fleet = fleetWith('  never: { interfaces: { guardian: [wg0, eth1] } }');
    assert.match(interfaceProblem(fleet, 'guardian', ['eth1']) ?? '', /`eth1` of guardian/);
    assert.match(interfaceProblem(fleet, 'guardian', 'all') ?? '', /cut from everything/);
    assert.equal(interfaceProblem(fleet, 'guardian', ['eth0']), undefined);
    assert.equal(interfaceProblem(fleet, 'beast', 'all'), undefined);
    assert.equal(interfaceProblem(fleet, 'constructor', 'all'), undefined, 'a name like any other');
  });

  it('stands no longer than it may', () => {
    const fleet = fleetWith('  longestFaultSeconds: 30');
    assert.equal(longestProblem(fleet, 30), undefined);
    assert.match(longestProblem(fleet, 31) ?? '', /longestFaultSeconds.*30.*31 s/);
  });
});

describe('allowed hours', () => {
  const hours = (
    from: string,
    to: string,
    days: Hours['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  ): Hours => ({
    ...{ from, to, timezone: 'Europe/Berlin', days },
  });
  /** 2026-11-23 is a Monday; Berlin is an hour before UTC in winter. */
  const at = (iso: string): Date => new Date(iso);

  it('include their first minute and not their last', () => {
    const office = hours('09:00', '17:00');
    assert.deepEqual(
      ['07:59:59', '08:00:00', '15:59:59', '16:00:00'].map((time) => isWithin(office, at(`2026-11-23T${time}Z`))),
      [false, true, true, false],
    );
  });

  it('over midnight belong to the day on which they begin', () => {
    const fridays = hours('20:00', '06:00', ['fri']);
    assert.equal(isWithin(fridays, at('2026-11-27T18:59:00Z')), false);
    assert.equal(isWithin(fridays, at('2026-11-27T19:00:00Z')), true, 'Friday, 20:00');
    assert.equal(isWithin(fridays, at('2026-11-27T23:30:00Z')), true, 'Saturday, 00:30');
    assert.equal(isWithin(fridays, at('2026-11-28T05:00:00Z')), false, 'Saturday, 06:00');
    assert.equal(isWithin(fridays, at('2026-11-28T20:00:00Z')), false, 'Saturday evening');
    assert.equal(isWithin(fridays, at('2026-11-26T23:30:00Z')), false, 'Friday, 00:30, is of Thursday');
    assert.equal(
      isWithin(hours('20:00', '06:00', ['sun']), at('2026-11-23T00:00:00Z')),
      true,
      'Monday, 01:00, is of Sunday',
    );
  });

  it('are those on the wall when the clock is changed', () => {
    const early = hours('02:00', '03:00');
    // In the night to 2026-10-25 Berlin has the hour from 02:00 twice; in that to 2026-03-29 not at all.
    assert.deepEqual(
      ['2026-10-24T23:59:00Z', '2026-10-25T00:00:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z'].map((time) =>
        isWithin(early, at(time)),
      ),
      [false, true, true, false],
    );
    assert.deepEqual(
      ['2026-03-29T00:59:00Z', '2026-03-29T01:00:00Z'].map((time) => isWithin(early, at(time))),
      [false, false],
    );
    const night = hours('20:00', '06:00');
    assert.deepEqual(
      ['2026-03-29T03:59:00Z', '2026-03-29T04:00:00Z', '2026-10-25T04:59:00Z', '2026-10-25T05:00:00Z'].map((time) =>
        isWithin(night, at(time)),
      ),
      [true, false, true, false],
    );
  });

  it('say what they are, and what time it is there', () => {
    const fleet = fleetWith('  hours: { from: "20:00", to: "06:00", timezone: Europe/Berlin, days: [mon] }');
    assert.match(
      hoursProblem(fleet, at('2026-11-24T11:05:00Z')) ?? '',
      /from 20:00 to 06:00 only of .*mon \(Europe\/Berlin\); there it is tue 12:05/,
    );
    assert.equal(hoursProblem(fleet, at('2026-11-23T20:05:00Z')), undefined);
  });
});

describe('a watch', () => {
  it('says for people what must be well', () => {
    const { guards } = parseFleet(
      FLEET + FLEET.slice(FLEET.indexOf('# guards:')).replaceAll(/^# ?/gm, ''),
      'fleet.yml',
    );
    assert.deepEqual(guards?.abortWhen.map(describeWatch), [
      'https://shop.example/health answers 2xx',
      'sync_relay_errors of http://100.71.79.25:8090/metrics is at most 100',
      '`systemctl is-active --quiet nginx` on beast exits 0',
    ]);
  });
});
