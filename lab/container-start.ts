import { join } from 'node:path';
import { run } from './command.ts';
import { docker, dockerSays } from './container-engine.ts';
import { CONTAINER_NAMES, containerOf, createWords, type ContainerName } from './container-words.ts';
import { LabError } from './error.ts';
import type { LabRecord } from './record.ts';

/** @throws LabError for a lab of virtual machines. */
export function engineOf({ name, engine }: Pick<LabRecord, 'name' | 'engine'>): NonNullable<LabRecord['engine']> {
  if (engine === undefined) throw new LabError(`the lab \`${name}\` is not of containers`);
  return engine;
}

/** Starts it anew: whatever was done in it before is gone, its volume too. */
export async function startContainer(record: LabRecord, container: ContainerName): Promise<void> {
  const engine = engineOf(record);
  const name = containerOf(record.name, container);
  await dockerSays(engine, ['rm', '--force', '--volumes', name]);
  await docker(engine, createWords(record, container, engine.image));
  await docker(engine, ['cp', `${join(record.template, 'standins')}/.`, `${name}:/opt/lab/`]);
  await docker(engine, ['start', name]);
}

/** First processes of the lab's containers, as the engine numbers them; null: it does not run. */
export async function pidsOf(
  record: Pick<LabRecord, 'name' | 'engine'>,
): Promise<Record<ContainerName, number | null>> {
  const names = CONTAINER_NAMES.map((container) => containerOf(record.name, container));
  const format = '{{.Name}} {{.State.Pid}}';
  // One that is not there makes the command fail; of the others it tells all the same.
  const { stdout } = await run([
    'docker',
    ...engineOf(record).words,
    'container',
    'inspect',
    '--format',
    format,
    ...names,
  ]);
  const pidOf = (container: ContainerName): number | null => {
    const line = stdout.split('\n').find((each) => each.startsWith(`/${containerOf(record.name, container)} `));
    return Number(line?.split(' ')[1] ?? 0) || null;
  };
  return { beast: pidOf('beast'), guardian: pidOf('guardian'), q: pidOf('q') };
}

/** What the machine holds in memory, with the pages of files that it read, in bytes. */
export async function memoryOf(record: LabRecord, container: ContainerName): Promise<number> {
  const files = ['/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory/memory.usage_in_bytes'];
  const read = `cat ${files.join(' ')} 2>/dev/null || true`;
  const said = await dockerSays(engineOf(record), ['exec', containerOf(record.name, container), 'sh', '-c', read]);
  return Number.parseInt(said ?? '', 10) || 0;
}
