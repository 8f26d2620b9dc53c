import { createInterface } from 'node:readline/promises';

/** What a person types, asked on stderr; Ctrl-C, Ctrl-D and an input that ends are a no. */
export async function ask(question: string, { input = process.stdin, output = process.stderr } = {}): Promise<string> {
  const terminal = createInterface({ input, output });
  const gone = new Promise<string>((settle) => terminal.once('close', () => settle('no')));
  try {
    return (await Promise.race([gone, terminal.question(question).catch(() => 'no')])).trim();
  } finally {
    terminal.close();
  }
}

/** Anything but a yes is a no. */
export const isYes = (answer: string): boolean => /^y(es)?$/i.test(answer);
