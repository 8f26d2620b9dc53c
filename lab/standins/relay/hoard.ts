import { closeSync, openSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LabEnv } from '../lab-env.ts';

const REQUEST_BYTES = 2 * 1024 * 1024;

/** What the bugs `leaks-files` and `leaks-memory` hold on to, until they are mended. */
export class Hoard {
  #files: number[] = [];
  #memory: Buffer[] = [];

  openFile(): void {
    this.#files.push(openSync('/dev/null', 'r'));
  }

  /** Filled, as memory that nobody wrote to takes none. */
  takeMemory(): void {
    this.#memory.push(Buffer.alloc(REQUEST_BYTES, 1));
  }

  /** Gives back what no planted bug keeps. */
  release(lab: LabEnv): void {
    if (!lab.hasBug('leaks-files')) for (const file of this.#files.splice(0)) closeSync(file);
    if (lab.hasBug('leaks-memory') || this.#memory.length === 0) return;
    this.#memory = [];
    collectGarbage();
  }
}

/** Now, not some time: the relay's memory is to be as before. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
