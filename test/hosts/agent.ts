import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface TestAgent {
  socket: string;
  stop(): void;
}

/** A real ssh-agent that has the keys. */
export async function startAgent(keys: string[], dir: string): Promise<TestAgent> {
  const socket = join(dir, 'agent');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  execFileSync('ssh-add', ['-q', ...keys], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: 'ignore' });
  return { socket, stop: () => void child.kill() };
}
