import { createSocket } from 'node:dgram';
import { parseAddress } from '../wire/address.ts';
import type { Question } from './protocol.ts';

/** ms between repeats: questions and answers are datagrams, and the link may lose them. */
const REPEAT = 200;

type Untagged<T> = T extends unknown ? Omit<T, 'tag'> : never;

/** Asks the discovery service until it answers. @returns null when it did not within `withinMs`. */
export function ask<Answer>(service: string, question: Untagged<Question>, withinMs: number): Promise<Answer | null> {
  const { host, port } = parseAddress(service);
  const tag = Math.floor(Math.random() * 2 ** 32);
  const datagram = Buffer.from(JSON.stringify({ ...question, tag }));
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const send = (): void => socket.send(datagram, port, host, () => {});
    const repeat = setInterval(send, REPEAT);
    const finish = (answer: Answer | null): void => {
      clearInterval(repeat);
      clearTimeout(deadline);
      socket.removeAllListeners('message');
      socket.close();
      resolve(answer);
    };
    const deadline = setTimeout(() => finish(null), withinMs);
    // No route to the service is silence, as for a machine that is cut off.
    socket.on('error', () => {});
    socket.on('message', (bytes) => {
      const answer = parseJson<Answer & { tag: number }>(bytes);
      if (answer?.tag === tag) finish(answer);
    });
    send();
  });
}

function parseJson<T>(bytes: Buffer): T | null {
  try {
    return JSON.parse(bytes.toString()) as T;
  } catch {
    return null;
  }
}
