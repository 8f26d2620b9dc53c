import { failed, main } from './cli/program.ts';

const words = process.argv.slice(2);

// A reader that has seen enough, such as `head`, is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

// Node would exit with 1, which says that a claim failed.
process.on('uncaughtException', (error) => void failed(error, words).then((code) => process.exit(code)));

// Node would end without a word, with a code of its own.
process.on(
  'beforeExit',
  () =>
    void failed(new Error('it waits for what can no longer come'), words).then((code) => {
      process.exit(code);
    }),
);

// Nothing that was left open, such as a connection, may keep the process.
process.exit(await main(words));
