export type HttpAnswer = { ok: boolean; status: number; text: string } | { error: string };

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;

/** One GET, bounded in time and bytes, and of this address alone: what answers may be broken, or lie. @throws never */
export async function httpGet(url: string, { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = {}): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { signal, redirect: 'manual' });
    const elsewhere = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && elsewhere !== null) {
      await response.body?.cancel();
      return { error: `sends us on to \`${elsewhere.slice(0, 200)}\`, and is not followed there` };
    }
    const text = await bodyOf(response, maxBytes);
    return text === undefined
      ? { error: `answers more than ${maxBytes} bytes` }
      : { ok: response.ok, status: response.status, text };
  } catch (error) {
    if (signal.aborted) return { error: `no whole answer within ${timeoutMs / 1000} s` };
    const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
    return { error: cause?.code ?? cause?.message ?? (error as Error).message };
  }
}

/** Undefined: more than `maxBytes`, and the rest is not read. */
async function bodyOf({ body }: Response, maxBytes: number): Promise<string | undefined> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    // Leaving the loop cancels the stream, and with it the connection.
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
