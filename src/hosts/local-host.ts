import type { DockerEngine } from './host.ts';
import { localExec } from './local-exec.ts';
import { MachineHost } from './machine-host.ts';

/** This machine. */
export const localHost = (name: string, env: NodeJS.ProcessEnv, docker: DockerEngine): MachineHost => {
  // Started over SSH itself, 0k-chaos would inherit the address of a connection that is not its own. What gets us into Temporal is no
  // program's business; and `script` starts the shell that it finds here, which for a service account is none.
  const others = Object.entries(env).filter(([key]) => key !== 'SSH_CONNECTION' && !key.startsWith('TEMPORAL_'));
  const own = { ...Object.fromEntries(others), SHELL: '/bin/sh' };
  return new MachineHost(name, {
    run: async (argv, options) => localExec(name, argv, options, own),
    link: () => Promise.resolve(own),
    docker,
  });
};
