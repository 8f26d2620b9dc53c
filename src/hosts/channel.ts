import type { Duplex } from 'node:stream';

/** A half-open transport never calls back, nor does an sshd that does not want to. Longer than the keepalive takes to notice. */
export const OPEN_MS = 15_000;

type Open = (done: (error: Error | undefined, stream: Duplex) => void) => void;

/** A stream to somewhere through an sshd, which opens or refuses it in time. @throws Error */
export const openStream = (open: Open, withinMs = OPEN_MS): Promise<Duplex> =>
  new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Error(`no channel was opened within ${withinMs / 1000} s`));
    }, withinMs);
    open((error, stream) => {
      clearTimeout(timer);
      if (error) reject(error);
      else if (late) stream.destroy();
      else resolve(stream);
    });
  });
