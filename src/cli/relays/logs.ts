import type { Deps } from '../../activities/deps.ts';
import { configOf, type CommonOptions } from '../common.ts';
import { badInput } from '../errors.ts';
import { withDeps } from '../fleet-deps.ts';
import { harmless } from '../../report/look.ts';
import { print, printJson } from '../output.ts';
import { chosenRelays } from './chosen.ts';

interface Options extends CommonOptions {
  follow?: boolean;
  tail: string;
}

/** A line that never ends is cut here. */
const LONGEST_LINE = 64 * 1024;

/** `relays logs [-f]` */
export async function logs(words: string[], options: Options): Promise<void> {
  if (!/^\d{1,6}$/.test(options.tail)) throw badInput(`\`--tail ${options.tail}\`: a number of lines`);
  if (options.follow === true && options.json === true)
    throw badInput('`--follow` has no end, so it is not one JSON document');
  const config = await configOf(options);
  const relays = chosenRelays(config.fleet, words);
  const columns = Math.max(...relays.map((relay) => relay.length));
  const controller = new AbortController();
  if (options.follow === true) process.once('SIGINT', () => controller.abort());
  await withDeps(config, async (deps) => {
    if (options.follow === true) {
      const prefix = (relay: string): string => (relays.length === 1 ? '' : `${relay.padEnd(columns)} | `);
      await Promise.all(
        relays.map((relay) => follow(deps, relay, Number(options.tail), controller.signal, prefix(relay))),
      );
      return;
    }
    const texts = await Promise.all(
      relays.map(async (relay) => ({ relay, lines: await tailOf(deps, relay, Number(options.tail)) })),
    );
    if (options.json === true) return printJson(texts);
    for (const { relay, lines } of texts) {
      const prefix = relays.length === 1 ? '' : `${relay.padEnd(columns)} | `;
      for (const line of lines) print(`${prefix}${line}`);
    }
  });
}

async function tailOf(deps: Deps, relay: string, tail: number): Promise<string[]> {
  const { docker, id } = await engineOf(deps, relay);
  const lines: string[] = [];
  const signal = AbortSignal.timeout(60_000);
  await docker.followLogs(
    id,
    splitter((line) => lines.push(line)),
    { tail, signal, follow: false },
  );
  return lines;
}

async function follow(deps: Deps, relay: string, tail: number, signal: AbortSignal, prefix: string): Promise<void> {
  const { docker, id } = await engineOf(deps, relay);
  const take = splitter((line) => print(`${prefix}${line}`));
  await docker.followLogs(id, take, { tail, signal });
}

async function engineOf(deps: Deps, relay: string) {
  const { relayContainer } = await import('../../activities/relays.ts');
  const { id } = await relayContainer(deps, relay);
  return { docker: deps.hosts.get(deps.fleet.relays[relay]?.machine ?? '').docker(), id };
}

/** Lines without what would act on a terminal. */
export function splitter(tell: (line: string) => void): (chunk: Buffer) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    for (const line of lines) tell(harmless(line));
  };
}
