import { afterAwake } from '../hosts/awake.ts';

export type HttpAnswer = { ok: boolean; status: number; text: string } | { error: string };

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

/** One GET, bounded in time and bytes, and of this address alone: what answers may be broken, or lie. @throws never */
export async function httpGet(url: string, { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = {}): Promise<HttpAnswer> {
  const { signal, callOff } = abortAfter(timeoutMs);
  try {
    const response = await fetched(url, { signal, redirect: 'manual' });
    const elsewhere = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && elsewhere !== null) {
      await response.body?.cancel();
      return { error: `sends us on to \`${elsewhere.slice(0, 200)}\`, and is not followed there` };
    }
    const parts: Uint8Array[] = [];
    return (await readInto(parts, response, maxBytes, signal))
      ? { ok: response.ok, status: response.status, text: Buffer.concat(parts).toString() }
      : { error: `answers more than ${maxBytes} bytes` };
  } catch (error) {
    if (signal.aborted) return { error: `no whole answer within ${timeoutMs / 1000} s` };
    const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
    return { error: cause?.code ?? cause?.message ?? (error as Error).message };
  } finally {
    callOff();
  }
}

/** Settles once the signal aborts, whatever `fetch` does: Node 20 loses one whose connection is reset at a bad moment. */
function fetched(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  return new Promise((resolve, reject) => {
    init.signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    fetch(url, init).then(resolve, reject);
  });
}

function abortAfter(ms: number): { signal: AbortSignal; callOff: () => void } {
  const late = new AbortController();
  return { signal: late.signal, callOff: afterAwake(ms, () => late.abort()) };
}

/**
 * What an address itself answers, the first MiB of it, within 5 s; `''` when nothing does, or it sends us elsewhere. `withHead`: with the
 * lines before it, also of an answer that sends us elsewhere.
 */
export async function boundedText(url: string, { timeoutMs = TIMEOUT_MS, withHead = false } = {}): Promise<string> {
  const { signal, callOff } = abortAfter(timeoutMs);
  const parts: Uint8Array[] = [];
  try {
    const response = await fetched(url, { signal, redirect: withHead ? 'manual' : 'error' });
    if (withHead) parts.push(Buffer.from(headOf(response)));
    await readInto(parts, response, MAX_BYTES, signal);
  } catch {
    // What came before that counts.
  } finally {
    callOff();
  }
  return Buffer.concat(parts).subarray(0, MAX_BYTES).toString();
}

const headOf = ({ statusText, headers }: Response): string =>
  [statusText, ...[...headers].map(([name, value]) => `${name}: ${value}`), '', ''].join('\n');

/**
 * Reads until the end, more than `maxBytes`, or the signal, of which `fetch` itself hears no more once its request was collected as
 * garbage. @returns whether that was the end
 */
async function readInto(
  parts: Uint8Array[],
  { body }: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<boolean> {
  if (body === null) return true;
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const leave = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  try {
    for (let bytes = 0; bytes <= maxBytes;) {
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return true;
      parts.push(value);
      bytes += value.length;
    }
    return false;
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
  }
}
