import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Identity, identityOf } from '../wire/identity.ts';
import { onEnvChange } from './announce.ts';

/** New at every start, as the product's; under the bug `keeps-endpoint-id` the one that the relay had when it was planted. */
export function relayIdentity(file: string, keepsIt: () => boolean): Identity {
  const key =
    keepsIt() && existsSync(file) ? createPrivateKey(readFileSync(file)) : generateKeyPairSync('ed25519').privateKey;
  const keep = (): void => {
    if (keepsIt()) writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    else rmSync(file, { force: true });
  };
  keep();
  onEnvChange(keep);
  return identityOf(key);
}
