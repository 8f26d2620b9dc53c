import { z } from 'zod';

const count = z.number().nonnegative();

const health = z
  .looseObject({
    status: z.string(),
    version: z.string(),
    connections: count,
    groups: count,
    uptime_seconds: count,
    total_blobs: count,
    storage_bytes: count,
    groups_with_data: count,
  })
  .transform((answer) => ({
    status: answer.status,
    version: answer.version,
    /** Falls to 0 only 30 to 36 s after the last client is gone. */
    connections: answer.connections,
    /** Never falls. */
    groups: answer.groups,
    uptimeSeconds: answer.uptime_seconds,
    /** 0 also when the relay could not read its database. */
    totalBlobs: answer.total_blobs,
    /** A blob is its plaintext and 40 bytes more. */
    storageBytes: answer.storage_bytes,
    groupsWithData: answer.groups_with_data,
  }));

/** What a relay answers at /health. Healthy does not mean reachable: only a pull shows that. */
export type Health = z.output<typeof health>;

const EVIDENCE_CHARS = 120;

/** @throws never. */
export function parseHealth(text: string): { health: Health } | { error: string } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { error: `not JSON: \`${text.slice(0, EVIDENCE_CHARS)}\`` };
  }
  const parsed = health.safeParse(content);
  if (!parsed.success) return { error: z.prettifyError(parsed.error) };
  return parsed.data.status === 'ok'
    ? { health: parsed.data }
    : { error: `status is \`${parsed.data.status.slice(0, EVIDENCE_CHARS)}\`` };
}
