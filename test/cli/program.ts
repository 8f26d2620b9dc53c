import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export const PROGRAM = path.resolve('bin/0k-chaos.js');

/** The real program, as a person without a home, a fleet or a Temporal server starts it. */
export const chaos = (home: string, ...words: string[]): Promise<Ended> => chaosWith({}, home, ...words);

export function chaosWith(more: NodeJS.ProcessEnv, home: string, ...words: string[]): Promise<Ended> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, ...more };
  const child = spawn(process.execPath, [PROGRAM, ...words], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (ended.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (ended.stderr += data.toString()));
  return new Promise((settle) => child.on('close', (code) => settle({ ...ended, code })));
}
