import type { z } from 'zod';
import { brakeText, type Brake } from '../contract/brake.ts';
import { HIGHEST_SEEN, type Fence } from '../contract/fleet-lock.ts';
import type { HealedBy } from '../contract/run.ts';
import type { Argv } from '../faults/argv.ts';
import type { Fault } from '../faults/fault.ts';
import { rootShell } from './as-root.ts';
import { HostError, type ExecResult, type Host } from './host.ts';
import { ENDS_BY_ITSELF, refuse, repliesIn } from './lease-answer.ts';
import {
  armReply,
  brakeReply,
  fenceReply,
  healReply,
  listReply,
  renewReply,
  type ArmReply,
  type BrakeReply,
  type FenceReply,
  type HealReply,
  type ListReply,
  type RenewReply,
} from './lease-replies.ts';
import { armText, assign, entryText, keyOf, leaseScript, machineScript, NOT_KEPT } from './lease-script.ts';
import { snapshotOf, type Snapshot } from './machine-snapshot.ts';
import { readFacts, sectionsOf, type MachineFacts } from './machine-state.ts';

export type { ArmReply, BrakeReply, FenceReply, HealReply, ListReply, RenewReply } from './lease-replies.ts';
export { diffSnapshots, type Snapshot } from './machine-snapshot.ts';
export type { MachineFacts } from './machine-state.ts';

export interface ArmRequest<P> {
  fault: Fault<P>;
  /** Resolved; checked against the fault's schema here. */
  params: P;
  id: string;
  /** `ownerOf(run)`. */
  owner: string;
  /** In the words of the fleet file, for people who look at the ledger. */
  target: string;
  summary: string;
  /** How long the fault outlives its last renewal. Whole seconds; a fraction is rounded up. */
  ttlSeconds: number;
  /** What its run holds, and by which token; without: broken by hand. */
  fence?: Fence;
}

export type Whose = { ids: readonly string[] } | { owner: string } | 'all';

/** The leases of one machine. Each call is one round trip; none can be half done without a lease that undoes it. */
export interface Leases {
  /** Arms the lease, injects, probes. The same id again answers how it stands and injects nothing; a healed one is refused. */
  arm<P>(request: ArmRequest<P>): Promise<ArmReply>;
  /** Moves the deadlines of all faults of `owner`, and probes each. Never revives what was healed or has expired. */
  renew(owner: string, ttlSeconds: number): Promise<RenewReply[]>;
  /** From now on nobody breaks these resources who comes with a lower token. Never lowers a fence. @returns how high each stands */
  fence(fence: Fence): Promise<FenceReply[]>;
  heal(whose: Whose, by: Exclude<HealedBy, 'somebody'>): Promise<HealReply[]>;
  /** Heals a fault of which the ledger knows nothing, though it was put in place. `unknown`: nothing of it is left. */
  mend<P>(request: ArmRequest<P>): Promise<HealReply>;
  /** What is in the ledger. `probe`: looks at each fault as well, and notes those that stand. */
  list(options?: { ids?: readonly string[]; probe?: boolean }): Promise<ListReply[]>;
  /** The baseline that `diffSnapshots` compares. What is ours is left out. */
  snapshot(): Promise<Snapshot>;
  /** Puts the brake of this machine on (one that is on stays as it is), takes it off, or looks. */
  brake(to: Brake | 'off' | 'look'): Promise<BrakeReply>;
  /** What the machine is and has. Changes nothing. */
  check(): Promise<MachineFacts>;
}

const wholeSeconds = (seconds: number): string => {
  if (!(seconds > 0 && seconds <= 7 * 86_400))
    throw new RangeError(`A lease is 1 s to 7 days long, got \`${seconds}\``);
  return String(Math.ceil(seconds));
};

const whoseWords = (whose: Whose): Record<string, string> => {
  if (whose === 'all') return { keys: '', owner: '' };
  if ('owner' in whose) return { keys: '', owner: keyOf(whose.owner) };
  if (whose.ids.length === 0) throw new RangeError('Nothing to heal was named');
  return { keys: whose.ids.map(keyOf).join(' '), owner: '' };
};

export interface LeaseOptions {
  /** The words of the machine's docker command, with its socket where that is not the usual one. */
  docker?: Argv;
  /** For tests: lease.sh with its seams in use (lease-script.ts). */
  script?: string;
}

export function leasesOn(host: Host, { docker = ['docker'], script }: LeaseOptions = {}): Leases {
  const call = ledgerCaller(host, script);
  const callOne = async <Reply>(command: string, preamble: string, schema: z.ZodType<Reply>): Promise<Reply> => {
    const [reply] = await call(command, preamble, schema);
    if (reply !== undefined) return reply;
    const what = `\`${command}\` in the ledger of ${host.name} answered nothing`;
    throw new HostError('unknown', host.name, `${what}. ${ENDS_BY_ITSELF}`);
  };
  const look = async (command: 'check' | 'snapshot') => {
    const result = await asRoot(host, machineScript(command, docker));
    return (!result.truncated && sectionsOf(result.stdout)) || refuse(host, `${command} of the machine`, result);
  };
  return {
    async arm(request) {
      return named(await callOne('arm', armPreamble(request, docker), armReply), request.fence);
    },
    renew: (owner, ttlSeconds) =>
      call('renew', assign({ owner: keyOf(owner), ttl: wholeSeconds(ttlSeconds) }), renewReply),
    fence: (fence) => call('fence', assign(fenceWords(fence)), fenceReply),
    heal: (whose, by) => call('heal', assign({ ...whoseWords(whose), by }), healReply),
    mend: (request) => callOne('mend', armPreamble(request, docker), healReply),
    list: ({ ids = [], probe = false } = {}) =>
      call('list', assign({ keys: ids.map(keyOf).join(' '), probing: probe ? 'yes' : 'no' }), listReply),
    brake(to) {
      const words = typeof to === 'string' ? { to, note: '' } : { to: 'on', note: brakeText(to) };
      return callOne('brake', assign(words), brakeReply);
    },
    snapshot: async () => snapshotOf(await look('snapshot')),
    check: async () => readFacts(await look('check')),
  };
}

function armPreamble<P>(request: ArmRequest<P>, docker: Argv): string {
  const { fault, id, owner, target, summary } = request;
  const params = fault.params.parse(request.params);
  const bearer = fault.bearer(params);
  const header = { id, owner, kind: fault.kind, target, summary, bearer, armedAt: new Date().toISOString() };
  const key = keyOf(id);
  const ttl = wholeSeconds(request.ttlSeconds);
  const values = assign({ key, bearer: keyOf(bearer), ttl, ...fenceWords(request.fence) });
  return `${values}\n${armText(fault, params, entryText(fault, params, header, docker))}`;
}

/** Machines know resources by their hashes. */
function fenceWords(fence: Fence | undefined): Record<'token' | 'resources', string> {
  if (fence === undefined) return { token: '', resources: '' };
  if (!Number.isSafeInteger(fence.token) || fence.token < 0 || fence.token > HIGHEST_SEEN)
    throw new RangeError(`A token is a whole number of at most 13 digits, got \`${fence.token}\``);
  return { token: String(fence.token), resources: fence.resources.map(keyOf).join(' ') };
}

function named(reply: ArmReply, fence: Fence | undefined): ArmReply {
  if (reply.state !== 'fenced') return reply;
  return { ...reply, resource: fence?.resources.find((name) => keyOf(name) === reply.resource) ?? reply.resource };
}

/** The rules of a large firewall, told by nft and by iptables, are some MB. */
const MOST_BYTES = 16 * 1024 * 1024;

const asRoot = (host: Host, script: string): Promise<ExecResult> =>
  rootShell(host, script, { timeoutMs: 120_000, maxBytes: MOST_BYTES });

/** Machines that were seen to have the script: it is sent once. */
const keepers = new WeakMap<Host, string | undefined>();

function ledgerCaller(host: Host, script?: string) {
  return async <Reply>(command: string, preamble: string, schema: z.ZodType<Reply>): Promise<Reply[]> => {
    const text = `command=${command}\n${preamble}`;
    const kept = keepers.has(host) && keepers.get(host) === script;
    const send = (is: 'sent' | 'kept' | 'damaged') => asRoot(host, leaseScript(text, is, script));
    let result = await send(kept ? 'kept' : 'sent');
    if (kept && result.stdout.trim() === NOT_KEPT) result = await send('sent');
    // All but the last line is definitions: what is cut short has done nothing, and says nothing.
    if (result.stdout === '' && (result.exitCode === 0 || result.exitCode === 2)) result = await send('damaged');
    const replies = repliesIn(result, schema) ?? refuse(host, `\`${command}\` in the ledger`, result);
    keepers.set(host, script);
    return replies;
  };
}
