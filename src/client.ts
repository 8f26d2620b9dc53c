import { main } from './cli/program.ts';

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// Nothing that was left open, such as a connection, may keep the process.
process.exit(await main(process.argv.slice(2)));
