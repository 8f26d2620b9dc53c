const TIMEOUT_MS = 5_000;
const MOST_BYTES = 1024 * 1024;

/** What an address itself answers, the first MiB of it, within 5 s; `''` when nothing does, or it sends us elsewhere. */
export async function boundedText(url: string): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    const { body } = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
    for await (const part of body ?? []) {
      parts.push(Buffer.from(part as Uint8Array));
      bytes += (part as Uint8Array).length;
      if (bytes >= MOST_BYTES) break;
    }
  } catch {
    return bytes === 0 ? '' : Buffer.concat(parts).toString();
  }
  return Buffer.concat(parts).subarray(0, MOST_BYTES).toString();
}
