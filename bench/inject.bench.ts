import type { Argv } from '../src/faults/argv.ts';
import { netem, netemParams, type NetemParams } from '../src/faults/netem.ts';
import type { Host } from '../src/hosts/host.ts';
import { leasesOn } from '../src/hosts/lease.ts';
import { quoteAll } from '../src/hosts/quote.ts';
import type { Row } from './exec.bench.ts';

/**
 * Arming a lease, injecting netem and probing it, against one raw exec of the same `tc` words: the same machine, connection and
 * rights, in turns. Towards an address of nobody's (RFC 5737).
 */
export async function benchInject(host: Host, rounds = 15): Promise<Row[]> {
  const params = netemParams.parse({
    ...{ place: { on: 'machine' }, dev: await freeDevice(host), toward: ['192.0.2.1'] },
    ...{ controlPorts: [22], delayMs: 100 },
  });
  await oursOnce(host, params); // leaves the script on the machine, as the first fault after a boot does
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await oursOnce(host, params));
    theirs.push(await theirsOnce(host, params));
  }
  const row = { ours: median(ours), theirs: median(theirs), bar: 2 };
  return [
    {
      name: 'inject with lease and probe ÷ raw exec of the same tc words',
      ...row,
      ratio: rounded(row.ours / row.theirs),
    },
  ];
}

async function freeDevice(host: Host): Promise<string> {
  const { qdiscs } = await leasesOn(host).check();
  const dev = Object.keys(qdiscs).findLast((name) => name !== 'lo' && qdiscs[name]?.endsWith(' 0:'));
  if (dev === undefined) throw new Error(`No interface of ${host.name} is free: ${JSON.stringify(qdiscs)}`);
  return dev;
}

async function oursOnce(host: Host, params: NetemParams): Promise<number> {
  const id = `bench/${process.pid}/${performance.now()}`;
  const started = performance.now();
  const request = { fault: netem, params, id, owner: 'bench', target: host.name, summary: 'bench', ttlSeconds: 60 };
  const reply = await leasesOn(host).arm(request);
  const ms = performance.now() - started;
  if (reply.state !== 'armed' || reply.standing !== true) throw new Error(`Not injected: ${JSON.stringify(reply)}`);
  await leasesOn(host).heal({ ids: [id] }, 'hand');
  return ms;
}

async function theirsOnce(host: Host, params: NetemParams): Promise<number> {
  const script = netem.inject(params).map(quoteAll).join(' && ');
  const started = performance.now();
  const { exitCode, stderr } = await host.exec(await asRoot(host, ['sh', '-c', script]));
  const ms = performance.now() - started;
  if (exitCode !== 0) throw new Error(`Raw tc on ${host.name} exited ${exitCode}: ${stderr}`);
  for (const words of netem.heal(params)) await host.exec(await asRoot(host, words));
  return ms;
}

const asRoot = async (host: Host, words: Argv): Promise<Argv> => [...(await host.asRoot()), ...words];

const rounded = (value: number): number => Math.round(value * 100) / 100;

const median = (values: number[]): number =>
  rounded(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN);
