import { strict as assert } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pullFromEach } from '../../src/activities/bite/pulls.ts';
import { judge } from '../../src/contract/verdict.ts';
import { invariants } from '../../src/activities/invariants/index.ts';
import { RunFolder } from '../../src/activities/journal.ts';
import { MessageBook } from '../../src/activities/message-book.ts';
import { push as pushActivity } from '../../src/activities/push.ts';
import type { MessageSpec } from '../../src/contract/message-spec.ts';
import type { Message } from '../../src/contract/run.ts';
import type { Invariants } from '../../src/contract/steps.ts';
import * as samples from '../zerok/samples.ts';
import { Desk } from './desk.ts';

const LINE = { id: 'm-9', shape: 'line', bytes: 48, seed: 1 } as const;
const TEXTS = { pushed: samples.pushAcknowledged, queued: samples.pushQueued, none: samples.pulledNothing };

describe('a second attempt', function () {
  this.timeout(20_000);
  const desk = new Desk();
  beforeEach(() => desk.newRun());
  after(() => desk.close());

  const pushing = (attempt: number, messages: MessageSpec[]): Promise<Message[]> =>
    new MockActivityEnvironment({ attempt }).run(async () =>
      pushActivity(desk.deps)({ run: desk.run, client: 'q', messages }),
    );
  const inquest = (environment = new MockActivityEnvironment()): Promise<Invariants> =>
    environment.run(async () =>
      invariants(desk.deps)({ run: desk.run, messages: [], clients: ['q'], broken: [], canary: LINE }),
    );
  const book = () => new MessageBook(new RunFolder(desk.deps.stateDir, desk.run), desk.run);
  const broken = ({ broken: found }: Invariants): string[] => found.map(({ id }) => id);

  it('pushes another text in the place of one byte, which could not be told from the first', async () => {
    const spec = { id: 'm-5', shape: 'byte', bytes: 1, seed: 1 } as const;
    desk.clients({ push: 'print pushed' }, TEXTS);
    book().begin(spec, 'q', 'desk');
    const pushed = await pushing(2, [spec]);
    assert.deepEqual(
      pushed.map(({ id, outcome }) => `${id} ${outcome}`),
      ['m-5 indeterminate', 'm-5-again acknowledged'],
    );
    assert.notEqual(book().textOf(pushed[0] ?? spec), book().textOf(pushed[1] ?? spec));
  });

  it('is alone: one that is taken for dead, and lives, pushes nothing any more', async () => {
    desk.clients({ push: 'sleep 0.4; echo "$4" >>pushes; print pushed' }, TEXTS);
    const messages = [1, 2, 3, 4, 5].map((n) => ({ ...LINE, id: `m-${n}` }));
    const first = assert.rejects(pushing(1, messages), /another attempt pushes m-\d by now/);
    await pause(600);
    const second = await pushing(2, messages);
    await first;
    const texts = readFileSync(join(desk.folder, 'pushes'), 'utf8').trim().split('\n');
    assert.equal(new Set(texts).size, texts.length, 'a message was pushed twice');
    assert.equal(second.filter(({ outcome }) => outcome === 'acknowledged').length, 5);
  });

  it('knows that the last push was refused, which the first one was told', async () => {
    desk.clients({ push: 'print queued', pull: 'sleep 1; print none' }, TEXTS);
    const first = new MockActivityEnvironment();
    setTimeout(() => first.cancel(), 700);
    await assert.rejects(inquest(first));
    assert.deepEqual(broken(await inquest()), ['not-recovered']);
  });

  it('pushes once more where nobody knows what became of the last push', async () => {
    desk.clients({ push: 'touch tried; print queued', pull: 'print none' }, TEXTS);
    book().begin(LINE, 'q', 'desk');
    const seen = await inquest();
    assert.deepEqual([seen.canary?.id, broken(seen)], ['m-9-again', ['not-recovered']]);
    assert.ok(existsSync(join(desk.folder, 'tried')));
  });
});

describe('a client that does not come to its end', function () {
  this.timeout(20_000);
  const desk = new Desk();
  after(() => desk.close());
  const said = async (push: string): Promise<Message | undefined> => {
    desk.clients({ push }, TEXTS);
    desk.newRun();
    const ask = { run: desk.run, client: 'q', messages: [LINE] };
    const [message]: Message[] = await new MockActivityEnvironment().run(async () => pushActivity(desk.deps)(ask));
    return message;
  };

  for (const signal of ['HUP', 'INT', 'KILL', 'TERM']) {
    it(`was ended by somebody who sent it SIG${signal}`, async () => {
      const message = await said(`kill -${signal} $$; sleep 2`);
      assert.deepEqual([message?.outcome, message?.endedBy], ['indeterminate', signal]);
      assert.match(message?.evidence ?? '', new RegExp(`ended by SIG${signal}`));
    });
  }

  it('was ended so too where a shell or Docker says it by a number', async () => {
    assert.equal((await said("sh -c 'kill -KILL $$'; exit $?"))?.endedBy, 'KILL');
  });

  it('crashed, where nobody from outside sends that signal, or it said how it went', async () => {
    assert.equal((await said('kill -SEGV $$; sleep 2'))?.endedBy, undefined);
    const answered = await said('print pushed; kill -KILL $$; sleep 2');
    assert.deepEqual([answered?.outcome, answered?.endedBy], ['acknowledged', undefined]);
  });

  it('does not make its last push a failure of the system', async () => {
    desk.newRun();
    desk.clients({ push: 'kill -KILL $$; sleep 2', pull: 'print none' }, TEXTS);
    const seen: Invariants = await new MockActivityEnvironment().run(async () =>
      invariants(desk.deps)({ run: desk.run, messages: [], clients: ['q'], broken: [], canary: LINE }),
    );
    assert.deepEqual(
      seen.broken.filter(({ id }) => id === 'not-recovered'),
      [],
    );
    assert.ok(seen.unknown.some((line) => /takes a push once everything is healed: .*SIGKILL/.test(line)));
  });
});

describe('what cannot be seen', function () {
  this.timeout(20_000);
  const desk = new Desk();
  beforeEach(() => desk.newRun());
  after(() => desk.close());

  it('hides nothing of what was seen before', async () => {
    const { dataDir } = desk.client('q').cli;
    desk.clients({ push: 'print queued', pull: `: >${dataDir}/group.json; print none` }, TEXTS);
    const seen: Invariants = await new MockActivityEnvironment().run(async () =>
      invariants(desk.deps)({ run: desk.run, messages: [], clients: ['q'], broken: [], canary: LINE }),
    );
    assert.deepEqual(
      seen.broken.map(({ id }) => id),
      ['not-recovered'],
    );
    assert.match(seen.unknown.join('\n'), /whether something leaked: q: its group\.json is not readable/);
  });

  it('of a client that cannot be told where the relays are by now makes it no failure that it reaches them not', async () => {
    writeFileSync(join(desk.client('q').cli.dataDir, 'group.json'), '');
    desk.clients({ push: 'print queued', pull: 'print none' }, TEXTS);
    const seen: Invariants = await new MockActivityEnvironment().run(async () =>
      invariants(desk.deps)({ run: desk.run, messages: [], clients: ['q'], broken: [], canary: LINE }),
    );
    assert.deepEqual(seen.broken, []);
    assert.match(seen.unknown.join('\n'), /whether clients follow the relays: q: its group\.json is not readable/);
    assert.match(seen.unknown.join('\n'), /takes a push once everything is healed: \w/);
  });

  it("is what a run relies on, once its locks were taken from it: what is lost or late then is nobody's fault", async () => {
    desk.clients({ push: 'print queued', pull: 'print none' }, TEXTS);
    desk.isLocked = false;
    const judged = async () => {
      const seen: Invariants = await new MockActivityEnvironment().run(async () =>
        invariants(desk.deps)({ run: desk.run, messages: [], clients: ['q'], broken: [], canary: LINE }),
      );
      const { broken, unknown, outside = [] } = seen;
      return judge({ ...{ claimFailures: [], faults: [], harness: [], residue: [] }, broken, unknown, outside });
    };
    const { verdict, because } = await judged();
    assert.equal(verdict, 'inconclusive');
    assert.match(because, /^what this run had locked was taken from it/);
    desk.isLocked = true;
    desk.newRun();
    assert.equal((await judged()).verdict, 'failed');
  });

  it('shows the key of no group, where reading it hangs', async () => {
    const file = join(desk.client('q').cli.dataDir, 'group.json');
    rmSync(file);
    execFileSync('mkfifo', [file]);
    const words = [
      '-c',
      'exec 3>"$1"; printf %s "$2" >&3; exec sleep 8',
      'sh',
      file,
      JSON.stringify(samples.groupJson),
    ];
    const writer = spawn('sh', words);
    const pull = pullFromEach(desk.deps, desk.run, { client: 'q', relays: [] });
    const said = await pull.then(
      () => 'nothing',
      (error: Error) => error.message,
    );
    writer.kill();
    assert.match(said, /did not end within 5 s/);
    assert.ok(!said.includes(samples.groupJson.group_secret_hex), said);
  });
});
