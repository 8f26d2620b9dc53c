import type { Host } from '../../src/hosts/host.ts';

/** A machine that answers everything with one text. */
export const saying = (name: string, stdout: string, exitCode = 0): Host => ({
  ...({} as Host),
  name,
  asRoot: () => Promise.resolve([]),
  exec: () => Promise.resolve({ exitCode, signal: null, stdout, stderr: '', truncated: false, ms: 1 }),
});
