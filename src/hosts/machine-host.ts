import type { Argv } from '../faults/argv.ts';
import { getFile, putFile, type Run } from './files.ts';
import { asText } from './follow.ts';
import { HostError, type DockerEngine, type ExecOptions, type ExecResult, type Host } from './host.ts';

/** What differs between a machine here and one behind SSH. */
export interface Reach {
  run: Run;
  /** Changes when the connection does; what is known about the machine is asked again then. */
  link(): Promise<object>;
  docker: DockerEngine;
}

interface Who {
  uid: string;
  sshConnection: string[];
}

export class MachineHost implements Host {
  readonly name: string;
  readonly #reach: Reach;
  readonly #who = new WeakMap<object, Promise<Who>>();

  constructor(name: string, reach: Reach) {
    this.name = name;
    this.#reach = reach;
  }

  async exec(argv: Argv, options: ExecOptions = {}): Promise<ExecResult> {
    return asText(await this.#reach.run(argv, options));
  }

  put(path: string, content: string | Buffer, { mode = 0o600 } = {}): Promise<void> {
    return putFile(this.name, this.#reach.run, path, content, mode);
  }

  get(path: string, options: { maxBytes?: number } = {}): Promise<Buffer> {
    return getFile(this.name, this.#reach.run, path, options.maxBytes);
  }

  docker(): DockerEngine {
    return this.#reach.docker;
  }

  async asRoot(): Promise<Argv> {
    return (await this.#ask()).uid === '0' ? [] : ['sudo', '-n', '--'];
  }

  async control(): ReturnType<Host['control']> {
    const [from, fromPort, to, toPort] = (await this.#ask()).sshConnection;
    if (from === undefined || to === undefined) return null;
    return { from, fromPort: Number(fromPort), to, toPort: Number(toPort) };
  }

  /** Asked once a connection. */
  async #ask(): Promise<Who> {
    const link = await this.#reach.link();
    const known = this.#who.get(link) ?? this.#askNow();
    this.#who.set(link, known);
    known.catch(() => this.#who.delete(link));
    return known;
  }

  async #askNow(): Promise<Who> {
    const { stdout, stderr } = await this.exec(['sh', '-c', 'id -u; echo "$SSH_CONNECTION"']);
    const [uid = '', sshConnection = ''] = stdout.split('\n').slice(-3);
    if (!/^\d+$/.test(uid))
      throw new HostError('unreachable', this.name, `\`id -u\` on ${this.name} printed \`${stdout}${stderr}\``);
    return { uid, sshConnection: sshConnection.split(' ').filter((word) => word !== '') };
  }
}
