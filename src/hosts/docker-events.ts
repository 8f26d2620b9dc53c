import type { Readable } from 'node:stream';
import { z } from 'zod';

/** Its 256 events are less, whatever their labels. */
const MOST_BYTES = 4 * 1024 * 1024;

const event = z.object({ Action: z.string(), time: z.int().min(0) });

/** Time of the first event of that name, in seconds since 1970, in what `/events` sends: a line of JSON each. Undefined: there is none. */
export async function firstEvent(stream: Readable, action: string): Promise<number | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MOST_BYTES) break;
  }
  const lines = Buffer.concat(chunks).toString().split('\n');
  return lines.map(readEvent).find((one) => one?.Action === action)?.time;
}

function readEvent(line: string): z.infer<typeof event> | undefined {
  try {
    return event.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
