import { strict as assert } from 'node:assert';
import { PassThrough, type Duplex } from 'node:stream';
import { openStream } from '../../src/hosts/channel.ts';

describe('a stream through an sshd', () => {
  it('that is neither opened nor refused is given up, and closed when it is opened after all', async () => {
    let open: (error: Error | undefined, stream: Duplex) => void = () => assert.fail('nobody asked');
    await assert.rejects(
      openStream((done) => (open = done), 10),
      /no channel was opened within 0\.01 s/,
    );
    const late = new PassThrough();
    open(undefined, late);
    assert.ok(late.destroyed);
  });

  it('is what was opened, or the error of who refused it', async () => {
    const stream = new PassThrough();
    assert.equal(await openStream((done) => done(undefined, stream)), stream);
    await assert.rejects(
      openStream((done) => done(new Error('administratively prohibited'), stream)),
      /prohibited/,
    );
  });
});
