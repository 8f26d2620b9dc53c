import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Failure } from './failure.ts';
import { hasDevice, saveDevice } from './files.ts';
import { print } from './print.ts';

export function init(dir: string, deviceName: string): void {
  if (hasDevice(dir)) {
    throw new Failure(`Device already initialized. Delete ${join(dir, 'device.json')} to reinitialize.`);
  }
  const deviceId = randomBytes(32).toString('base64url');
  saveDevice(dir, { device_id: deviceId, device_name: deviceName, created_at: Math.floor(Date.now() / 1000) });
  print('Device initialized successfully!', '', `  Device ID: ${deviceId.slice(0, 16)}`, `  Name:      ${deviceName}`);
  print(`  Data dir:  ${dir}`, '', 'Next steps:', '  1. Create a sync group: sync-cli pair --create');
  print('  2. Or join an existing group: sync-cli pair --join <code>');
}
