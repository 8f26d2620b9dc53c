import { strict as assert } from 'node:assert';
import { HostError, type HostErrorKind } from '../../src/hosts/host.ts';

/** For `assert.rejects`: a HostError of this kind, whose message matches all of these patterns. */
export const fails =
  (kind: HostErrorKind, ...patterns: RegExp[]) =>
  (error: unknown): true => {
    assert.ok(error instanceof HostError, String(error));
    assert.equal(error.kind, kind, error.message);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  };
