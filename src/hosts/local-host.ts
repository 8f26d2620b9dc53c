import type { DockerEngine } from './host.ts';
import { localExec } from './local-exec.ts';
import { MachineHost } from './machine-host.ts';

/** This machine. */
export const localHost = (name: string, env: NodeJS.ProcessEnv, docker: DockerEngine): MachineHost => {
  // Started over SSH itself, 0k-chaos would inherit the address of a connection that is not its own.
  const { SSH_CONNECTION: _, ...own } = env;
  return new MachineHost(name, {
    run: async (argv, options) => localExec(name, argv, options, own),
    link: () => Promise.resolve(own),
    docker,
  });
};
