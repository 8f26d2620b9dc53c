import type { GroundCheck } from './check.ts';
import { clientChecks } from './clients.ts';
import { disturbanceChecks } from './disturbances.ts';
import { endpointIdChecks, relayChecks } from './relays-and-ids.ts';
import { sshChecks } from './ssh.ts';

/**
 * The 21 checks of the ground, in the order of the guide (§6.1: 5, §6.2: 16, of which it names 14; the two about endpoint ids
 * come last).
 */
export const groundChecks: GroundCheck[] = [
  ...sshChecks,
  ...relayChecks,
  ...clientChecks,
  ...disturbanceChecks,
  ...endpointIdChecks,
];
