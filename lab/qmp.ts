import { createHash } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from './error.ts';

/** Where the monitor of a machine listens. A unix socket's path ends at 107 bytes: a longer one moves to the temporary folder. */
export function monitorPath(dir: string, machine: string): string {
  const path = join(dir, `${machine}.mon`);
  if (Buffer.byteLength(path) <= 107) return path;
  return join(tmpdir(), `0k-chaos-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.mon`);
}

/** One conversation with QEMU's monitor (QMP: a JSON document a line). */
export class Monitor {
  readonly #socket: Socket;
  readonly #lines: AsyncIterator<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  }

  static async open(path: string): Promise<Monitor> {
    const socket = createConnection(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (error) =>
        reject(new LabError(`QEMU's monitor \`${path}\` does not answer: ${error.message}`)),
      );
    });
    socket.setTimeout(30_000, () => socket.destroy(new Error('no answer within 30 s')));
    const monitor = new Monitor(socket);
    await monitor.execute('qmp_capabilities');
    return monitor;
  }

  async execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new LabError(`QEMU closed its monitor during \`${command}\``);
      const message = JSON.parse(value) as { return?: unknown; error?: { desc: string } };
      if (message.error) throw new LabError(`QEMU refused \`${command}\`: ${message.error.desc}`);
      if ('return' in message) return message.return; // greeting and events are passed over
    }
  }

  /** Asks `command` until its `status` is `wanted`; `failed` ends the wait at once. */
  async until(command: string, wanted: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { status } = (await this.execute(command)) as { status?: string };
      if (status === wanted) return;
      if (status === 'failed' || Date.now() > deadline)
        throw new LabError(`QEMU's \`${command}\` says \`${status}\`, not \`${wanted}\``);
      await sleep(20);
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
