import type { LabEnv } from '../lab-env.ts';
import { type Identity, newIdentity } from '../wire/identity.ts';
import { ClientError, SyncClient } from './client.ts';
import { Failure } from './failure.ts';
import { type Device, emptyGroup, type Group, loadGroup } from './files.ts';
import { rememberOffline, wasOffline } from './offline.ts';
import { print } from './print.ts';

export function secretOf(group: Group): Buffer {
  const secret = Buffer.from(group.group_secret_hex ?? '', 'hex');
  if (secret.length !== 32) throw new Failure("Group secret not found. Run 'sync-cli pair' first.");
  return secret;
}

export function primaryOf(group: Group): string {
  const [primary] = group.relay_addresses;
  if (primary === undefined) throw new Failure('No relay addresses configured');
  return primary;
}

/** Says whom it turns to and under which id, new in every process. */
export function startTalking(device: Device, group: Group, env: LabEnv): SyncClient {
  const me = newIdentity();
  print(`Connecting to peer: ${primaryOf(group)}`, `  Our EndpointId: ${me.id}`);
  return clientFor(device, group, group.relay_addresses, me, env);
}

export function clientFor(
  device: Device,
  group: Group,
  relays: string[],
  me: Identity,
  env: LabEnv,
  onLife: () => void = () => {},
): SyncClient {
  return new SyncClient({ relays, group: group.group_id, deviceName: device.device_name, me, env, onLife });
}

export function refuseOnceOffline(): void {
  if (wasOffline()) throw new Failure('Failed to connect to relay', 'all relays failed: ');
}

export async function connectOrFail(client: SyncClient, env: LabEnv): Promise<void> {
  const neverAgain = env.hasBug('stays-offline');
  try {
    if (neverAgain && wasOffline()) throw new ClientError('all relays failed: ');
    await client.connect();
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    if (neverAgain || env.hasBug('never-pushes-again')) rememberOffline();
    throw new Failure('Failed to connect to relay', error.message);
  }
}

/** The group's file. Under the bug `empties-group-file` it is empty until it is saved again. */
export function openGroup(dir: string, env: LabEnv): Group {
  const group = loadGroup(dir);
  if (env.hasBug('empties-group-file')) emptyGroup(dir);
  return group;
}
