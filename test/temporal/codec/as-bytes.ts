import type { Payload } from '@temporalio/common';

/** A payload as both sides see it: bytes only. */
export const plain = ({ metadata, data }: Payload): [unknown[], string] => [
  Object.entries(metadata ?? {}).map(([name, bytes]) => [name, Buffer.from(bytes ?? []).toString('hex')]),
  Buffer.from(data ?? []).toString('hex'),
];
