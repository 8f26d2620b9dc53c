import { labEnv } from '../lab-env.ts';
import { announce } from '../relay/announce.ts';
import { newIdentity } from '../wire/identity.ts';
import { listen } from '../wire/listen.ts';
import { hasDevice, loadDevice } from './files.ts';
import { print } from './print.ts';

/** The product's small server: it takes connections, but answers no client, whose first word is one it does not know. */
export async function serve(dir: string): Promise<void> {
  print('Starting 0k-Sync server...', '');
  const me = newIdentity();
  const listener = await listen({
    me,
    port: 0,
    idleMs: () => labEnv().times.idleMs,
    onPeer: (peer) => print(`  Connection from: ${peer.id}`),
    onMessage: (peer) => {
      print('  Unexpected message type');
      peer.send({ kind: 'dropped' });
    },
    onGarbage: (peer) => peer.send({ kind: 'dropped' }),
    onGone: () => {},
  });
  announce(`serve-${me.id.slice(0, 8)}`, me.id, listener.port, () => labEnv());
  print('Server ready!', '');
  if (hasDevice(dir)) print(`  Device:     ${loadDevice(dir).device_name}`);
  print(`  EndpointId: ${me.id}`, '', 'Other devices can connect with:', `  sync-cli pair --join ${me.id}`, '');
  print('Press Ctrl+C to stop.', '', '--- Connections ---');
  await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
  print('', 'Shutting down...');
  await listener.close('closing');
  print('Done.');
}
