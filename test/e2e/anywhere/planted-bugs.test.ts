import { strict as assert } from 'node:assert';
import { theLab } from '../fixture.ts';
import { plantAndRun, tableOf } from './planted.ts';
import type { Caught, Hands, Planting } from './planted.ts';

const CM_01 = 'cm_01_q_push_guardian_pull';
const CM_02 = 'cm_02_bidirectional_sync';
const MR_01 = 'mr_01_relay_crash_failover';
const MR_03 = 'mr_03_relay_restart_new_endpoint';
const MR_04 = 'mr_04_all_relays_down';

/** Bugs that do not hide each other share a run. */
const PLANTINGS: Planting[] = [
  {
    scenario: CM_01,
    bugs: [
      ...['relay-1:logs-plaintext', 'relay-2:logs-base64', 'relay-3:logs-hex', 'relay-2:stores-plaintext'],
      ...['relay-3:logs-names', 'sends-plaintext', 'relay-3:metrics-wrong', 'relay-1:leaks-files', 'ignores-cursor'],
    ],
    caught: {
      'relay-1:logs-plaintext': { as: 'leak-log', saying: /log of relay-1 holds the message m-\d+ \(plain/ },
      'relay-2:logs-base64': { as: 'leak-log', saying: /log of relay-2 .*base64/ },
      'relay-3:logs-hex': { as: 'leak-log', saying: /log of relay-3 .*hex/ },
      'relay-2:stores-plaintext': { as: 'leak-storage', saying: /storage of relay-2/ },
      'relay-3:logs-names': { as: 'leak-name', saying: /log of relay-3 holds the name of/ },
      'sends-plaintext': { as: 'leak-wire', saying: /wire of beast/ },
      'relay-3:metrics-wrong': { as: 'metrics-wrong', saying: /relay-3/ },
      'relay-1:leaks-files': { as: 'relay-open-files', saying: /relay-1/ },
      'ignores-cursor': { as: 'plain-pull-repeats' },
    },
  },
  {
    scenario: CM_01,
    input: { payload: 'mixed', messages: 4 },
    bugs: ['reorders', 'relay-1:logs-utf16', 'relay-2:hands-out-other-groups'],
    caught: {
      reorders: { as: 'out-of-order' },
      'relay-1:logs-utf16': { as: 'leak-log', saying: /log of relay-1 .*utf-?16/i },
      'relay-2:hands-out-other-groups': { as: 'altered', saying: /relay-2/ },
    },
  },
  {
    scenario: CM_01,
    input: { messages: 3, payload: 'large' },
    bugs: ['truncates-at-64-kib', 'relay-1:delivers-twice'],
    caught: {
      'truncates-at-64-kib': { as: 'altered', saying: /an altered m-1/ },
      'relay-1:delivers-twice': { as: 'duplicate', saying: /times at relay-1/ },
    },
  },
  {
    scenario: 'cm_04_concurrent_push_pull',
    bugs: ['relay-1:leaks-memory'],
    caught: { 'relay-1:leaks-memory': { as: 'relay-memory', saying: /relay-1/ } },
  },
  {
    scenario: CM_02,
    input: { messages: 2, payload: 'lines' },
    bugs: ['push-moves-cursor', 'primary-cursor-everywhere', 'relay-2:empty-logs'],
    caught: {
      'push-moves-cursor': { as: 'plain-pull-misses' },
      'primary-cursor-everywhere': { as: 'failover-cursor' },
      'relay-2:empty-logs': { as: 'empty-log', saying: /relay-2/ },
    },
  },
  {
    scenario: MR_01,
    input: { messages: 2, payload: 'lines' },
    bugs: ['duplicates-after-failover'],
    caught: { 'duplicates-after-failover': { as: 'duplicate' } },
  },
  {
    scenario: CM_01,
    input: { messages: 2, payload: 'lines' },
    bugs: ['relay-2:errors-not-counted', 'relay-2:database-locked'],
    caught: {
      'relay-2:errors-not-counted': { as: 'errors-not-counted', saying: /relay-2/ },
      'relay-2:database-locked': { as: 'relay-behind', saying: /relay-2/ },
    },
  },
  {
    scenario: MR_01,
    input: { messages: 2, payload: 'full' },
    bugs: ['duplicates-after-failover', 'large-pulls-fail'],
    caught: {
      'duplicates-after-failover': { as: 'large-pull' },
      'large-pulls-fail': { as: 'large-pull' },
    },
  },
  {
    scenario: MR_01,
    bugs: ['no-failover'],
    caught: { 'no-failover': { as: 'push-not-acknowledged' } },
  },
  {
    scenario: 'mr_02_fan_out_all_relays',
    input: { messages: 1, payload: 'lines' },
    bugs: ['skips-fan-out'],
    caught: { 'skips-fan-out': { as: 'relay-lacks', saying: /relay-2 lacks m-1/ } },
  },
  {
    scenario: MR_03,
    input: { messages: 1, payload: 'lines' },
    bugs: ['relay-1:keeps-endpoint-id'],
    caught: { 'relay-1:keeps-endpoint-id': { as: 'endpoint-id-kept' } },
  },
  {
    scenario: MR_03,
    input: { messages: 1, payload: 'lines', relay: 'relay-2' },
    bugs: ['relay-2:forgets-on-restart'],
    caught: { 'relay-2:forgets-on-restart': { as: 'relay-lacks' } },
  },
  {
    scenario: MR_04,
    bugs: ['acks-when-all-are-down'],
    caught: { 'acks-when-all-are-down': { as: 'push-acknowledged' } },
  },
  {
    scenario: MR_01,
    bugs: ['relay-3:data-port-dead'],
    caught: { 'relay-3:data-port-dead': { as: 'inconclusive' } },
  },
  {
    scenario: 'mr_02_fan_out_all_relays',
    input: { messages: 2, payload: 'lines' },
    bugs: [
      ...['relay-2:swaps-first-two', 'relay-1:acks-wrong-cursor'],
      ...['relay-3:shows-plaintext', 'relay-2:writes-plaintext-elsewhere'],
    ],
    caught: {
      'relay-2:swaps-first-two': { as: 'out-of-order', saying: /relay-2 gives m-1 at 1/ },
      'relay-1:acks-wrong-cursor': { as: 'wrong-ack', saying: /acknowledged at cursor/ },
      'relay-3:shows-plaintext': { as: 'leak-page', saying: /page \/metrics of relay-3/ },
      'relay-2:writes-plaintext-elsewhere': { as: 'leak-storage', saying: /storage of relay-2, outside its volume/ },
    },
  },
  {
    scenario: MR_01,
    input: { messages: 1, payload: 'lines' },
    bugs: ['relay-1:stores-nothing-after-restart'],
    caught: { 'relay-1:stores-nothing-after-restart': { as: 'relay-behind', saying: /relay-1 lacks m-/ } },
  },
  {
    scenario: CM_01,
    input: { messages: 7, payload: 'mixed' },
    bugs: ['cleans-text'],
    caught: { 'cleans-text': { as: 'altered' } },
  },
  {
    scenario: CM_01,
    input: { messages: 7, payload: 'mixed' },
    bugs: ['loses-wide-characters'],
    caught: { 'loses-wide-characters': { as: 'altered' } },
  },
  {
    scenario: CM_01,
    input: { messages: 3, payload: 'lines' },
    bugs: [
      ...['relay-1:logs-dump', 'relay-2:stores-gzip', 'relay-3:tells-in-header', 'relay-2:counts-no-pulls'],
      ...['relay-1:sends-other-groups', 'pull-stays', 'shows-backwards'],
    ],
    caught: {
      'relay-1:logs-dump': { as: 'leak-log', saying: /log of relay-1 .*hex/ },
      'relay-2:stores-gzip': { as: 'leak-storage', saying: /storage of relay-2 .*gzip/ },
      'relay-3:tells-in-header': { as: 'leak-page', saying: /page \/health of relay-3/ },
      'relay-2:counts-no-pulls': { as: 'metrics-wrong', saying: /relay-2: pulls_total/ },
      'relay-1:sends-other-groups': { as: 'sends-more', saying: /relay-1 counts/ },
      'pull-stays': { as: 'pull-stays' },
      'shows-backwards': { as: 'out-of-order' },
    },
  },
  {
    scenario: 'mr_02_fan_out_all_relays',
    input: { messages: 2, payload: 'beyond' },
    bugs: ['large-pulls-fail'],
    caught: { 'large-pulls-fail': { as: 'large-pull' } },
  },
  {
    scenario: 'mr_02_fan_out_all_relays',
    input: { messages: 2, payload: 'beyond' },
    bugs: ['cuts-pages'],
    caught: { 'cuts-pages': { as: 'lost' } },
  },
  {
    scenario: MR_04,
    bugs: ['loses-newest-on-kill'],
    caught: { 'loses-newest-on-kill': { as: 'lost', saying: /m-0/ } },
  },
  {
    scenario: 'edge_03_guardian_partition_recovery',
    input: { messages: 1, payload: 'lines' },
    bugs: ['guardian:never-pushes-again'],
    caught: { 'guardian:never-pushes-again': { as: 'not-recovered', saying: /a push from guardian/ } },
  },
];

describe('planted bugs', function () {
  this.timeout(300_000);
  let hands: Hands;
  const rows: Caught[] = [];
  before(async function () {
    this.timeout(900_000);
    hands = (await theLab()).hands();
  });
  after(() => process.stdout.write(`\n${tableOf(rows)}\n`));

  for (const planting of PLANTINGS) {
    it(`${planting.bugs.join(', ')}: caught by ${planting.scenario}`, async () => {
      const caught = await plantAndRun(hands, planting);
      rows.push(...caught);
      assert.deepEqual(
        caught.filter(({ isCaught }) => !isCaught),
        [],
      );
    });
  }
});
