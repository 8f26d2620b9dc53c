import { Command } from 'commander';
import type { Config } from '../config.ts';
import type { Deps } from '../activities/deps.ts';
import { describeFault } from '../contract/describe-fault.ts';
import type { FaultSpec } from '../contract/fault-spec.ts';
import { healsByLease } from '../contract/fault-spec.ts';
import { resolveTarget } from '../fleet/select.ts';
import { EXIT } from '../report/exit-code.ts';
import { duration } from '../report/look.ts';
import { common, configOf, examples, type CommonOptions } from './common.ts';
import { checkSpec } from './check-spec.ts';
import { badInput } from './errors.ts';
import { withDeps } from './fleet-deps.ts';
import { FAULTS, milliseconds, specOf, type FaultWords } from './fault-words.ts';
import { heedGuards } from './heed-guards.ts';
import { answer, say } from './output.ts';

interface Options extends CommonOptions, FaultWords {
  for: string;
}

const LONGEST_SECONDS = 86_400;

/** `0k-chaos inject FAULT TARGET`: one fault by hand, under a lease of its own. */
export function injectCommand(): Command {
  return netemOptions(cutOptions(common(new Command('inject'))))
    .description('break one thing by hand: it ends by itself; needs no Temporal and no worker')
    .argument('<fault>', FAULTS.join(', '))
    .argument(
      '<target>',
      "a relay, client or machine of the fleet file ('machine beast' where a client has that name too)",
    )
    .option('--for <time>', 'how long it stands, from 5s to 24h', '60s')
    .option('--signal <name>', 'for `kill` (default: SIGKILL)')
    .addHelpText(
      'after',
      examples(
        'inject kill relay-1',
        'inject pause relay-2 --for 10s',
        'inject cut guardian --from beast --direction in',
        'inject cut relay-1 --ports data',
        'inject netem guardian --delay 200ms --jitter 50ms --toward beast --for 30s',
        'inject netem relay-3 --direction in --loss-bursts 1/10',
        'heal by-hand',
      ),
    )
    .action(async (fault: string, target: string, { for: time, fleet, profile, json, ...words }: Options) => {
      const spec = specOf(fault, target, words);
      const seconds = leaseSeconds(time);
      const config = await configOf({ fleet, profile });
      checkSpec(config.fleet, spec);
      heedGuards(config.fleet, [spec.target], seconds);
      await breakIt(config, spec, seconds, json);
    });
}

const cutOptions = (command: Command): Command =>
  command
    .option('--from <names>', 'cut: `all`, or machines and relays with commas between (default: all)')
    .option('--direction <way>', 'cut: both, in, out (default: both); netem: out, in (default: out)')
    .option('--ports <list>', 'only this traffic: tcp, udp/4433, icmp, …; cut: also `data`, what a relay serves')
    .option('--control <keep|cut>', 'cut: `cut` cuts our own connection too, so that only the lease ends it');

const netemOptions = (command: Command): Command =>
  command
    .option('--toward <name>', 'netem: only what goes to (comes from) this machine or relay')
    .option('--interface <name>', 'netem: default is the one by which the target reaches `--toward`')
    .option('--delay <time>', 'netem: such as 200ms')
    .option('--jitter <time>', 'netem: spread of the delay')
    .option('--distribution <name>', 'netem: of the jitter: normal, pareto, paretonormal')
    .option('--loss <percent>', 'netem: each packet for itself')
    .option(
      '--loss-bursts <p/r[/1-h[/1-k]]>',
      'netem: Gilbert-Elliott, in percent: enter and leave a burst, lost in it and outside',
    )
    .option('--loss-state <p13[/p31/…]>', 'netem: four states, in percent: p13/p31/p32/p23/p14')
    .option('--duplicate <percent>', 'netem')
    .option('--corrupt <percent>', 'netem: one bit of a packet')
    .option('--reorder <percent>', 'netem: sent ahead of delayed ones')
    .option('--rate <rate>', 'netem: such as 512kbit, 2mbit')
    .option('--slot <min[-max]>', 'netem: packets wait for slots so far apart, such as 20ms-40ms');

function leaseSeconds(time: string): number {
  const seconds = milliseconds('--for', time) / 1000;
  if (seconds >= 5 && seconds <= LONGEST_SECONDS) return Math.ceil(seconds);
  throw badInput(`\`--for ${time}\`: from 5s to 24h`);
}

async function breakIt(config: Config, spec: FaultSpec, seconds: number, json: boolean | undefined): Promise<void> {
  const { handId, handRun, injectByHand } = await import('../activities/by-hand.ts');
  const run = handRun();
  const summary = describeFault(spec);
  const done = await withDeps(config, async (deps) => {
    const settled = healOnInterrupt(deps, spec, handId(run));
    try {
      say(`measuring, then: ${summary}, for ${duration(seconds)}`);
      return await injectByHand(deps, run, spec, seconds);
    } finally {
      settled();
    }
  });
  const until = new Date(Date.parse(done.injectedAt) + seconds * 1000).toISOString();
  const document = { ...done, summary, target: spec.target, until, heal: `0k-chaos heal ${done.id}` };
  answer(json, document, () => render(document, healsByLease(spec)));
  if (!done.bite.bit) process.exitCode = EXIT.inconclusive;
}

interface Shown {
  summary: string;
  machine: string;
  bite: { bit: boolean; how: string };
  until: string;
  heal: string;
}

const render = ({ summary, machine, bite, until, heal }: Shown, onlyByLease: boolean): string =>
  [
    `${summary} (on ${machine})`,
    `  ${bite.bit ? 'bites' : 'DOES NOT BITE'}: ${bite.how}`,
    `  stands until ${until}${onlyByLease ? ', and nobody can heal it before' : `; end it now: ${heal}`}`,
  ].join('\n');

/** The lease stands before the fault does, so that nothing is left for ever; this ends it at once. @returns calls it off */
function healOnInterrupt(deps: Deps, { target }: FaultSpec, id: string): () => void {
  const interrupted = (): void => {
    say('interrupted: healing what may stand already');
    void healNow(deps, target, id).finally(() => process.exit(EXIT.aborted));
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  return () => {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  };
}

async function healNow(deps: Deps, target: string, id: string): Promise<void> {
  const { ledgerOf } = await import('../activities/leases.ts');
  const { machine } = resolveTarget(deps.fleet, target);
  try {
    const [reply] = await ledgerOf(deps, machine).heal({ ids: [id] }, 'hand');
    say(reply?.state === 'healed' ? 'healed' : 'nothing stood; what was still on its way ends by its lease');
  } catch (error) {
    say(`not healed now, its lease ends it: ${(error as Error).message}`);
  }
}
