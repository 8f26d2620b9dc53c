import { join as joinPath } from 'node:path';
import { labEnv } from '../lab-env.ts';
import { Failure } from './failure.ts';
import { hasGroup, loadDevice, saveGroup } from './files.ts';
import { print } from './print.ts';
import { groupIdOf, groupSecret, JOIN_SALT } from './secret.ts';

/** Joins a group by the endpoint id of a relay. Contacts nobody: any 64 hex digits pass. */
export async function pair(dir: string, code: string | null, passphrase: string | null): Promise<void> {
  if (code === null) throw new Failure('Must specify either --create or --join');
  loadDevice(dir);
  if (hasGroup(dir)) {
    throw new Failure(`Already paired to a group. Delete ${joinPath(dir, 'group.json')} to join a different group.`);
  }
  const secretText = passphrase ?? (await ask());
  if (!/^[0-9a-f]{64}$/i.test(code)) throw new Failure(SHORT_CODE);
  const secret = groupSecret(secretText, labEnv().hasBug('ram-dependent-groups'));
  const groupId = groupIdOf(secret);
  saveGroup(dir, {
    group_id: groupId,
    relay_addresses: [code],
    joined_at: Math.floor(Date.now() / 1000),
    cursors: {},
    group_secret_hex: secret.toString('hex'),
    salt_hex: JOIN_SALT.toString('hex'),
  });
  print('Joined sync group successfully!', '', `  Group ID:    ${groupId.slice(0, 16)}`);
  print(`  EndpointId:  ${code.slice(0, 8)}...${code.slice(56)}`, '', 'Next steps:');
  print('  1. Push data: sync-cli push "Hello!"', '  2. Pull data: sync-cli pull');
}

const SHORT_CODE = `Short code lookup not yet implemented. Use EndpointId directly:
  sync-cli pair --join <endpoint-id>

Get the EndpointId from the server running 'sync-cli serve'`;

/** Loaded only when there is nobody else to ask: a terminal costs time to set up. */
async function ask(): Promise<string> {
  const { promptPassphrase } = await import('./prompt.ts');
  return promptPassphrase('Enter group passphrase: ');
}
