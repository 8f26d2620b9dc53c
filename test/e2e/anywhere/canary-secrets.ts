import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupSecret } from '../../../lab/standins/cli/secret.ts';
import { keyFile, passphraseOf } from '../../../src/activities/passphrase.ts';
import type { RunRef } from '../../../src/contract/run.ts';
import { encodingsOf } from '../../../src/zerok/leak-encodings.ts';
import type { TestLab } from '../test-lab.ts';

/** A secret in one form in which it might turn up. */
export interface Needle {
  label: string;
  bytes: Buffer;
}

/** What must not be found anywhere: the key, what is derived from it for each run, and the private SSH key. */
export function secretsOf(lab: TestLab, runs: RunRef[]): Needle[] {
  const { stateDir } = lab.config;
  const pem = readFileSync(join(lab.lab.dir, 'id'), 'utf8');
  const key = readFileSync(keyFile(stateDir));
  return [
    ...ofBytes('the HMAC key', key),
    ...ofBytes('the private SSH key', seedOf(pem)),
    ...runs.flatMap((run) => {
      const passphrase = passphraseOf({ stateDir }, run);
      const secret = groupSecret(passphrase, false);
      return [
        ...ofText(`the passphrase of ${run.workflowId}`, passphrase),
        ...ofText(`the group's secret of ${run.workflowId}`, secret.toString('hex')),
        ...ofBytes(`the group's secret of ${run.workflowId}`, secret),
      ];
    }),
  ];
}

const ofText = (label: string, text: string): Needle[] =>
  encodingsOf(text).map(({ encoding, bytes }) => ({ label: `${label} (${encoding})`, bytes }));

/** Each printable form as programs print or keep a text; of its hex that is the bytes as they are, too. */
function ofBytes(label: string, bytes: Buffer): Needle[] {
  const texts = [bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
  // As a part of something longer, which begins one or two bytes before it.
  for (const before of [1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    texts.push(whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)));
  }
  return texts.flatMap((text) => ofText(label, text));
}

/** The 32 secret bytes of an OpenSSH ed25519 key. Source: PROTOCOL.key of OpenSSH. */
function seedOf(pem: string): Buffer {
  const body = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const ofPrivatePart = body.lastIndexOf('ssh-ed25519') + 'ssh-ed25519'.length;
  const afterPublicKey = ofPrivatePart + 4 + 32;
  return body.subarray(afterPublicKey + 4, afterPublicKey + 4 + 32);
}

/** The needles that are there, each by its label and place. */
export const found = (needles: Needle[], where: string, haystack: Buffer): string[] =>
  needles.filter(({ bytes }) => haystack.includes(bytes)).map(({ label }) => `${label} in ${where}`);
