import type { ExecOptions, ExecResult, Host } from '../../src/hosts/host.ts';

const MIB = 1024 * 1024;

/** A machine that answers everything with one text, of which the end is kept, as of any machine. */
export const saying = (name: string, text: string, exitCode = 0): Host => ({
  ...({} as Host),
  name,
  asRoot: () => Promise.resolve([]),
  exec: (_, { maxBytes = MIB }: ExecOptions = {}): Promise<ExecResult> => {
    const truncated = text.length > maxBytes;
    const stdout = truncated ? text.slice(-maxBytes) : text;
    return Promise.resolve({ exitCode, signal: null, stdout, stderr: '', truncated, ms: 1 });
  },
});
