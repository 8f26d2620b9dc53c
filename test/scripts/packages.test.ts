import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { mayInstall, missing, Refused } from '../../scripts/packages.ts';

describe('Debian packages', () => {
  it('are missing unless dpkg has them installed, and keep what they are for', async function () {
    if (!existsSync('/usr/bin/dpkg-query')) {
      this.skip();
    }
    const found = await missing({ dpkg: 'is there', '0k-chaos-no-such-package': 'is not' });

    assert.deepEqual(found, { '0k-chaos-no-such-package': 'is not' });
  });

  it('are installed without a question only for root who agreed; where nobody can be asked the command is named', async () => {
    const asRoot = process.getuid?.() === 0;
    const asked = { cpio: 'packs' };

    if (asRoot) {
      assert.equal(await mayInstall(asked, true), true);
    } else {
      await assert.rejects(mayInstall(asked, true), /sudo apt-get install --no-install-recommends cpio/);
    }
    if (!process.stdin.isTTY) {
      await assert.rejects(
        mayInstall(asked, false),
        (error: unknown) =>
          error instanceof Refused && /apt-get install --no-install-recommends cpio/.test(error.message),
      );
    }
  });
});
