import type { DockerEngine } from './host.ts';
import { MachineHost } from './machine-host.ts';
import type { SshConnection } from './ssh-connection.ts';
import { sshExec } from './ssh-exec.ts';

/** A machine behind SSH. */
export const sshHost = (name: string, connection: SshConnection, docker: DockerEngine): MachineHost =>
  new MachineHost(name, {
    run: (argv, options) => sshExec(connection, name, argv, options),
    link: () => connection.client(),
    docker,
  });
