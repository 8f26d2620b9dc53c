import { CLIENTS } from './harness.ts';
import type { ClientName, GuideHarness } from './harness.ts';

/** A scenario's steps between `init_and_pair_all` and `cleanup`. Answers how many of the messages its pulls showed at the end. */
type Body = (guide: GuideHarness) => Promise<Got>;

export interface Got {
  got: number;
  of: number;
}

/** Pushes one after the other. */
async function pushes(guide: GuideHarness, client: ClientName, count: number): Promise<string[]> {
  const texts = Array.from({ length: count }, (_, n) => `guide ${client} ${n + 1} ${crypto.randomUUID()}`);
  for (const text of texts) await guide.push(client, text);
  return texts;
}

async function pulls(guide: GuideHarness, texts: string[], ...clients: ClientName[]): Promise<Got> {
  const outputs: string[] = [];
  for (const client of clients) outputs.push(await guide.pull(client));
  const got = outputs.flatMap((output) => texts.filter((text) => output.includes(text))).length;
  return { got, of: texts.length * clients.length };
}

/** Pushes, `settle()`, pulls. */
async function synced(guide: GuideHarness, from: ClientName[], count: number, to: ClientName[]): Promise<Got> {
  const texts: string[] = [];
  for (const client of from) texts.push(...(await pushes(guide, client, count)));
  await guide.wait('settle');
  return pulls(guide, texts, ...to);
}

/** The same over a link that is disturbed, with the longest wait; then the disturbances are cleared. */
async function syncedDisturbed(
  guide: GuideHarness,
  from: ClientName[],
  count: number,
  to: ClientName[],
  disturbed: string[],
) {
  const texts: string[] = [];
  for (const client of from) texts.push(...(await pushes(guide, client, count)));
  await guide.wait('settleSync');
  const got = await pulls(guide, texts, ...to);
  for (const target of disturbed) await guide.clear(target);
  return got;
}

/** `docker kill` and `docker start`, each with `settle_long()` after the last of them. */
async function relays(guide: GuideHarness, action: 'kill' | 'start' | 'restart', ...names: string[]): Promise<void> {
  for (const name of names) await guide.docker(action, name);
  await guide.wait('settleLong');
}

/** A test that started a relay finds its new id and tells the clients. */
async function reconfigure(guide: GuideHarness): Promise<void> {
  await guide.findIds();
  await guide.configureRelays();
}

/** The same steps as ours, with as many messages, in the order of the guide's own harness. */
export const guideScenarios: Record<string, Body> = {
  mr_01_relay_crash_failover: async (guide) => {
    await relays(guide, 'kill', 'relay-1');
    const got = await synced(guide, ['q'], 1, ['guardian']);
    await relays(guide, 'start', 'relay-1');
    return got;
  },
  mr_02_fan_out_all_relays: async (guide) => {
    const got = await synced(guide, ['q'], 5, ['beast', 'guardian']);
    await guide.health();
    return got;
  },
  mr_03_relay_restart_new_endpoint: async (guide) => {
    await pushes(guide, 'q', 2);
    await guide.wait('settle');
    await relays(guide, 'restart', 'relay-1');
    await synced(guide, ['q'], 2, ['guardian']);
    await reconfigure(guide);
    return synced(guide, ['q'], 2, ['guardian']);
  },
  mr_04_all_relays_down: async (guide) => {
    await relays(guide, 'kill', 'relay-1', 'relay-2', 'relay-3');
    await guide.push('q', 'nobody is there');
    await relays(guide, 'start', 'relay-2');
    await reconfigure(guide);
    const got = await synced(guide, ['q'], 1, ['guardian']);
    await relays(guide, 'start', 'relay-1', 'relay-3');
    return got;
  },
  cm_01_q_push_guardian_pull: (guide) => synced(guide, ['q'], 10, ['guardian']),
  cm_02_bidirectional_sync: (guide) => synced(guide, ['q', 'guardian'], 5, ['q', 'guardian']),
  cm_03_three_way_sync: (guide) => synced(guide, CLIENTS, 3, CLIENTS),
  cm_04_concurrent_push_pull: (guide) => synced(guide, ['q'], 20, ['guardian']),
  edge_01_guardian_high_latency: async (guide) => {
    await guide.netem('guardian', 'delay', '500ms', '100ms');
    return syncedDisturbed(guide, ['q'], 1, ['guardian'], ['guardian']);
  },
  edge_02_guardian_bandwidth_limit: async (guide) => {
    await guide.netem('guardian', 'rate', '128kbit');
    return syncedDisturbed(guide, ['q'], 3, ['guardian'], ['guardian']);
  },
  edge_03_guardian_partition_recovery: async (guide) => {
    await guide.partition('guardian');
    const texts = await pushes(guide, 'q', 10);
    await guide.wait('settle');
    await guide.pull('guardian');
    await guide.healPartition('guardian');
    await guide.wait('settleLong');
    return pulls(guide, texts, 'guardian');
  },
  edge_04_guardian_slow_relay_fast_client: async (guide) => {
    await guide.netem('relay-1', 'delay', '200ms');
    return syncedDisturbed(guide, ['guardian', 'q'], 1, ['q', 'guardian'], ['relay-1']);
  },
  net_01_partition_q_beast: async (guide) => {
    await guide.partition('q');
    await guide.push('q', 'nobody is reached');
    await guide.healPartition('q');
    await guide.wait('settleLong');
    return synced(guide, ['q'], 1, ['guardian']);
  },
  net_02_selective_relay_partition: async (guide) => {
    await guide.netem('relay-1', 'loss', '100%');
    const got = await synced(guide, ['q'], 1, ['guardian']);
    await guide.clear('relay-1');
    return got;
  },
  net_03_asymmetric_chaos: async (guide) => {
    await guide.netem('relay-1', 'delay', '200ms');
    await guide.netem('relay-2', 'loss', '10%');
    return syncedDisturbed(guide, CLIENTS, 2, CLIENTS, ['relay-1', 'relay-2']);
  },
  conv_01_convergence_after_multi_failure: async (guide) => {
    await relays(guide, 'kill', 'relay-1');
    await guide.partition('guardian');
    const texts = await pushes(guide, 'q', 5);
    await guide.wait('settle');
    await relays(guide, 'start', 'relay-1');
    await guide.healPartition('guardian');
    await guide.wait('settleSync');
    const got = await pulls(guide, texts, ...CLIENTS);
    for (const relay of ['relay-1', 'relay-2', 'relay-3']) await guide.docker('logs', relay);
    return got;
  },
};
