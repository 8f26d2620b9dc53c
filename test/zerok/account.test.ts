import { strict as assert } from 'node:assert';
import type { Message } from '../../src/contract/run.ts';
import { balance } from '../../src/zerok/account.ts';
import type { Books, Sighting } from '../../src/zerok/account.ts';
import { judgePlainPulls } from '../../src/zerok/plain-pulls.ts';
import { parsePull } from '../../src/zerok/pull-output.ts';
import * as samples from './samples.ts';

const TEXTS = { 'm-1': '0k-chaos m-1 7f3a9c0011223344', 'm-2': '0k-chaos m-2 5566778899aabbcc' } as const;
type Id = keyof typeof TEXTS;

const message = (id: Id, change: Partial<Message> = {}): Message => ({
  ...{ id, shape: 'line', bytes: TEXTS[id].length, seed: 7, from: 'q', outcome: 'acknowledged' },
  ...{ mayBeStored: true, blobId: `blob of ${id}`, evidence: '', seconds: 0.1 },
  ...change,
});

const books = (...messages: Message[]): Books => ({
  messages,
  texts: new Map(Object.entries(TEXTS).map(([id, text]) => [text, id])),
  brokenRelays: [],
});

const rows = (...texts: string[]) =>
  parsePull({ stdout: samples.pulled(texts.map((text, n): [number, string] => [n + 1, text])), stderr: '' });
const none = parsePull({ stdout: 'No new data.\n', stderr: '' });
const failed = parsePull({
  stdout: 'Pull failed: all relays failed: \n\nThis may be due to network issues.',
  stderr: '',
});
const unreachable = parsePull({
  stdout: '',
  stderr: `Error: Failed to connect to relay\n\nCaused by:\n    all relays failed: ${'a'.repeat(64)}: connection failed: connection timeout`,
});

const at = (relay: string, ...pages: Sighting['pages']): Sighting => ({ client: 'guardian', relay, pages });
const ids = (list: { id: string }[]) => list.map(({ id }) => id);

describe('the account of a run', () => {
  it('balances when every relay has every message once', () => {
    const all = [at('relay-1', rows(TEXTS['m-1'], TEXTS['m-2'])), at('relay-2', rows(TEXTS['m-2'], TEXTS['m-1']))];
    const both = books(message('m-1'), message('m-2', { from: 'beast' }));
    const { broken, unknown, findings, lacking } = balance(both, all);
    assert.deepEqual([broken, unknown, findings, lacking.size], [[], [], [], 0]);
  });

  it('calls an acknowledged message that no relay gives lost, and says who lacks it, who pushed it and as what', () => {
    const { broken } = balance(books(message('m-1'), message('m-2')), [
      at('relay-1', rows(TEXTS['m-1'])),
      at('relay-2', none),
    ]);
    assert.deepEqual(ids(broken), ['lost']);
    assert.match(broken[0]?.message ?? '', /guardian lacks 1 .* m-2 of \d+ bytes, which q pushed as blob blob of m-2/);
  });

  it('does not call a message lost that another relay still gives, and finds the relay that lacks it', () => {
    const { broken, findings } = balance(books(message('m-1')), [
      at('relay-1', none),
      at('relay-2', rows(TEXTS['m-1'])),
    ]);
    assert.deepEqual([broken, ids(findings)], [[], ['relay-behind']]);
  });

  it('expects nothing of a relay that was broken', () => {
    const known = { ...books(message('m-1')), brokenRelays: ['relay-1'] };
    assert.deepEqual(balance(known, [at('relay-1', none), at('relay-2', rows(TEXTS['m-1']))]).findings, []);
  });

  it('expects even of a relay that was broken what was pushed while nothing was broken', () => {
    const known = { ...books(message('m-1')), brokenRelays: ['relay-1'], whileWhole: ['m-1'] };
    const { findings } = balance(known, [at('relay-1', none), at('relay-2', rows(TEXTS['m-1']))]);
    assert.deepEqual(ids(findings), ['relay-behind']);
  });

  it('calls it broken where a relay lacks what the claim wants at each of them', () => {
    const known = { ...books(message('m-1')), atEach: ['m-1'] };
    const { broken, findings } = balance(known, [at('relay-1', none), at('relay-2', rows(TEXTS['m-1']))]);
    assert.deepEqual([ids(broken), findings], [['relay-lacks'], []]);
  });

  it('finds messages of one client that a relay gives in another order or at one cursor, unless the relay was broken', () => {
    const both = books(message('m-1'), message('m-2'));
    const [swapped, inOrder] = [rows(TEXTS['m-2'], TEXTS['m-1']), rows(TEXTS['m-1'], TEXTS['m-2'])];
    const { broken, findings } = balance(both, [at('relay-1', inOrder), at('relay-2', swapped)]);
    assert.deepEqual([broken, ids(findings)], [[], ['out-of-order']]);
    assert.match(findings[0]?.message ?? '', /^relay-2 gives m-2 at 1, and m-1, which q pushed before it, at 2$/);
    assert.deepEqual(balance({ ...both, brokenRelays: ['relay-2'] }, [at('relay-2', swapped)]).findings, []);
    const stdout = samples.pulled([
      [1, TEXTS['m-1']],
      [1, TEXTS['m-2']],
    ]);
    assert.deepEqual(ids(balance(both, [at('relay-1', parsePull({ stdout, stderr: '' }))]).findings), ['out-of-order']);
  });

  it('finds rows that a client shows in another order than they stand in, also of a relay that was broken', () => {
    const stdout = samples.pulled([
      [2, TEXTS['m-2']],
      [1, TEXTS['m-1']],
    ]);
    const both = { ...books(message('m-1'), message('m-2')), brokenRelays: ['relay-1'] };
    const { findings } = balance(both, [at('relay-1', parsePull({ stdout, stderr: '' }))]);
    assert.deepEqual(ids(findings), ['out-of-order']);
    assert.equal(findings[0]?.message, 'guardian shows what relay-1 has at 2 before what it has at 1');
  });

  it('finds an acknowledgement with the blob id of another message, or with none', () => {
    const all = [at('relay-1', rows(TEXTS['m-1'], TEXTS['m-2']))];
    for (const blobId of ['blob of m-1', null]) {
      const { findings } = balance(books(message('m-1'), message('m-2', { blobId })), all);
      assert.deepEqual(ids(findings), ['wrong-ack'], `${blobId}`);
    }
  });

  it('finds an acknowledgement at a cursor where no relay has the message, if all could be read', () => {
    const page = rows(TEXTS['m-1'], TEXTS['m-2']);
    const told = (cursor: number, ...more: Sighting[]) =>
      ids(balance(books(message('m-1'), message('m-2', { cursor })), [at('relay-1', page), ...more]).findings);
    assert.deepEqual(told(2), []);
    assert.deepEqual(told(7), ['wrong-ack']);
    assert.deepEqual(told(1, at('relay-2', rows('x', TEXTS['m-1']))), ['relay-behind']);
    assert.deepEqual(told(7, at('relay-2', unreachable)), []);
  });

  it('lets a message of which nobody knows be there or not', () => {
    for (const page of [none, rows(TEXTS['m-1'])]) {
      const account = balance(books(message('m-1', { outcome: 'indeterminate' })), [at('relay-1', page)]);
      assert.deepEqual([account.broken, account.findings], [[], []]);
    }
  });

  it('finds a message that the client said was never sent', () => {
    const refused = message('m-1', { outcome: 'refused', mayBeStored: false });
    assert.deepEqual(ids(balance(books(refused), [at('relay-1', rows(TEXTS['m-1']))]).findings), [
      'refused-but-stored',
    ]);
  });

  const damages: [string, string][] = [
    ['cut short', TEXTS['m-1'].slice(0, 20)],
    ['with one letter changed', TEXTS['m-1'].replace('7f', '7g')],
    ['with its beginning gone', TEXTS['m-1'].slice(5)],
  ];
  for (const [how, text] of damages) {
    it(`calls a message that came ${how} altered, not foreign`, () => {
      const { broken } = balance(books(message('m-1')), [at('relay-1', rows(TEXTS['m-1'], text))]);
      assert.deepEqual(ids(broken), ['altered']);
      assert.match(broken[0]?.message ?? '', /altered m-1/);
    });
  }

  it('calls what is no text altered, as only texts are pushed', () => {
    assert.deepEqual(ids(balance(books(), [at('relay-1', rows('<binary 48 bytes>'))]).broken), ['altered']);
  });

  it('calls a message that nobody pushed foreign', () => {
    assert.deepEqual(ids(balance(books(), [at('relay-1', rows('of somebody else entirely'))]).broken), ['foreign']);
  });

  it('finds what stands twice at one relay, and not what stands once at each of two', () => {
    const twice = balance(books(message('m-1')), [at('relay-1', rows(TEXTS['m-1'], TEXTS['m-1']))]);
    assert.deepEqual([ids(twice.broken), ids(twice.findings)], [[], ['duplicate']]);
  });

  it('says that a relay is not there for clients, though it is healthy, and that it does not know what it holds', () => {
    const { broken, unknown } = balance(books(message('m-1')), [at('relay-1', unreachable)]);
    assert.deepEqual(ids(broken), ['relay-unreachable']);
    assert.match(unknown[0] ?? '', /whether guardian lacks m-1/);
  });

  it('does not say so by a client that may not know where the relay is, and that it does not know what it holds', () => {
    const strayed = { ...books(message('m-1')), strays: new Set(['guardian']) };
    const { broken, unknown } = balance(strayed, [at('relay-1', unreachable)]);
    assert.deepEqual([broken, unknown.length], [[], 1]);
    const found = balance(strayed, [at('relay-1', rows(TEXTS['m-1'])), at('relay-2', unreachable)]);
    assert.deepEqual([ids(found.broken), found.unknown.length], [[], 1]);
    assert.match(found.unknown[0] ?? '', /could not be read from relay-2/);
  });

  it('tells blobs that are too large together from a relay that fails', () => {
    const big = message('m-1', { bytes: 600_000 });
    assert.deepEqual(ids(balance(books(big), [at('relay-1', failed)]).broken), ['large-pull']);
    assert.deepEqual(ids(balance(books(message('m-1')), [at('relay-1', failed)]).broken), ['pull-fails']);
  });

  it('says that nobody looked at a relay that nobody could read, also where nothing is lacking', () => {
    const cut = parsePull({ stdout: samples.pullBegun, stderr: '' });
    const { broken, unknown } = balance(books(message('m-1')), [
      at('relay-1', rows(TEXTS['m-1'])),
      at('relay-2', cut),
      at('relay-3', unreachable),
    ]);
    assert.deepEqual(ids(broken), ['relay-unreachable']);
    assert.equal(unknown.length, 1);
    assert.match(unknown[0] ?? '', /^what guardian gets from everywhere: it could not be read from relay-2 \(/);
  });

  it('says nothing certain of a page that was cut short', () => {
    const short = parsePull({ stdout: samples.pulled([[1, 'x']]).slice(0, 24), stderr: '' });
    const { broken, unknown } = balance(books(message('m-1')), [at('relay-1', short)]);
    assert.deepEqual([broken, unknown.length], [[], 1]);
  });
});

describe('plain pulls', () => {
  const everything = [rows(TEXTS['m-1'], TEXTS['m-2'])];
  const pulls = { pages: everything, whole: true, again: none, failedOver: rows(TEXTS['m-1']) };
  const both = books(message('m-1'), message('m-2'));

  it('show all that the relay has, and nothing twice', () => {
    assert.deepEqual(judgePlainPulls(both, 'guardian', pulls, everything), []);
  });

  it('are found to miss what the same relay gives from cursor 0, but not what the client pushed itself', () => {
    const blind = { ...pulls, pages: [] };
    assert.deepEqual(ids(judgePlainPulls(both, 'guardian', blind, everything)), ['plain-pull-misses']);
    assert.deepEqual(judgePlainPulls(both, 'q', blind, everything), []);
  });

  it('are not found to miss anything where one of them was cut off, which may have shown it', () => {
    assert.deepEqual(judgePlainPulls(both, 'guardian', { ...pulls, pages: [], whole: false }, everything), []);
  });

  it('are found to show again what they had shown', () => {
    const again = { ...pulls, again: rows(TEXTS['m-1']) };
    assert.deepEqual(ids(judgePlainPulls(both, 'guardian', again, everything)), ['plain-pull-repeats']);
  });

  it('are found to show a message in two of them, unless they may have turned to another relay', () => {
    const twice = { ...pulls, pages: [...everything, rows(TEXTS['m-1'])] };
    assert.deepEqual(ids(judgePlainPulls(both, 'guardian', twice, everything)), ['plain-pull-repeats']);
    assert.deepEqual(judgePlainPulls({ ...both, brokenRelays: ['relay-1'] }, 'guardian', twice, everything), []);
  });

  it('are found to stay with a relay that is gone, unless they name another one that did not answer either', () => {
    const told = (failedOver: typeof none) =>
      ids(judgePlainPulls(both, 'guardian', { ...pulls, failedOver }, everything));
    const refused = parsePull({ stdout: '', stderr: 'Error: index out of bounds' });
    assert.deepEqual([told(unreachable), told(refused)], [['pull-stays'], ['pull-stays']]);
    const stderr = samples.nobodyReachable;
    assert.deepEqual([told(parsePull({ stdout: '', stderr })), told(failed)], [[], []]);
    assert.deepEqual(judgePlainPulls(both, 'guardian', { ...pulls, failedOver: unreachable }, [none]), []);
  });

  it('are found to ask another relay with the cursor of the one that is gone', () => {
    const deaf = { ...pulls, failedOver: none };
    assert.deepEqual(ids(judgePlainPulls(both, 'guardian', deaf, everything)), ['failover-cursor']);
  });
});
