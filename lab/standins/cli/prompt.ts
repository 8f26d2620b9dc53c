import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { Failure, osError } from './failure.ts';

const CTRL_C = 3;
const CTRL_D = 4;
const BACKSPACE = [8, 127];
const ENTER = [10, 13];

/** Asks on the terminal, without echo. @throws Failure when there is none, or the answer is too short. */
export async function promptPassphrase(prompt: string): Promise<string> {
  let fd: number;
  try {
    fd = openSync('/dev/tty', 'r+');
  } catch (error) {
    throw new Failure('Failed to read passphrase', osError(error));
  }
  const input = new ReadStream(fd);
  // Echo goes off before the prompt, so that an answer typed at once is not shown.
  input.setRawMode(true);
  const out = openSync('/dev/tty', 'w');
  writeSync(out, prompt);
  const line = await readLine(input);
  input.setRawMode(false);
  writeSync(out, '\n');
  closeSync(out);
  input.destroy();
  const passphrase = line.trim();
  if (Buffer.byteLength(passphrase) < 8) throw new Failure('Passphrase must be at least 8 characters');
  return passphrase;
}

function readLine(input: ReadStream): Promise<string> {
  const typed: number[] = [];
  return new Promise((resolve) => {
    input.on('data', (bytes: Buffer) => {
      for (const byte of bytes) {
        if (ENTER.includes(byte) || byte === CTRL_D) return resolve(Buffer.from(typed).toString());
        if (byte === CTRL_C) {
          input.setRawMode(false);
          process.exit(130);
        }
        if (BACKSPACE.includes(byte)) typed.pop();
        else typed.push(byte);
      }
    });
    input.on('end', () => resolve(Buffer.from(typed).toString()));
  });
}
