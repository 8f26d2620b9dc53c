import { type Device, type Group, loadDevice, loadGroup } from './files.ts';
import { print } from './print.ts';

/** Shows the files. It never touches the network and always says that it is offline. */
export function status(dir: string): void {
  print('=== sync-cli status ===', '');
  const device = orNull(() => loadDevice(dir));
  if (device === null) return print('Device: NOT INITIALIZED', '', "Run 'sync-cli init --name <name>' to initialize.");
  showDevice(device);
  const group = orNull(() => loadGroup(dir));
  if (group === null) {
    return print('Sync Group: NOT PAIRED', '', "Run 'sync-cli pair --create' or 'sync-cli pair --join <code>'");
  }
  showGroup(group);
  print('', 'Connection:', '  Status: OFFLINE (mock transport)', '');
  return print('Note: Real network connection requires iroh transport (Phase 5+)');
}

function showDevice(device: Device): void {
  print('Device:', `  ID:   ${device.device_id.slice(0, 16)}`, `  Name: ${device.device_name}`);
  print(`  Init: ${ago(device.created_at)}`, '');
}

function showGroup(group: Group): void {
  print('Sync Group:', `  ID:     ${group.group_id.slice(0, 16)}`);
  print(`  Relays: ${group.relay_addresses.length} configured`);
  for (const [i, relay] of group.relay_addresses.entries()) {
    const label = i === 0 ? 'primary' : 'secondary';
    print(`    [${label}] ${relay.slice(0, 16)}... (cursor: ${group.cursors[relay] ?? 0})`);
  }
  print(`  Joined: ${ago(group.joined_at)}`);
}

function ago(timestamp: number): string {
  const seconds = Math.max(0, Math.floor(Date.now() / 1000) - timestamp);
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} minutes ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} hours ago`;
  return `${Math.floor(seconds / 86_400)} days ago`;
}

function orNull<T>(load: () => T): T | null {
  try {
    return load();
  } catch {
    return null;
  }
}
