// The lab's stand-in for public discovery (pkarr and DNS): endpoint id → addresses, one UDP datagram each way.
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import type { Question } from './protocol.ts';
import { Registry, watchedConfig } from './registry.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '8053' },
    config: { type: 'string' },
  },
});

const registry = new Registry(watchedConfig(values.config ?? null));
const socket = createSocket('udp4');

socket.on('message', (bytes, from) => {
  const answer = answerTo(bytes);
  if (answer !== null) socket.send(JSON.stringify(answer), from.port, from.address, () => {});
});
socket.on('error', (error) => {
  process.stderr.write(`discovery: cannot listen on ${values.host}:${values.port}: ${error.message}\n`);
  process.exit(1);
});
socket.bind(Number(values.port), values.host, () => {
  process.stdout.write(`discovery on ${values.host}:${socket.address().port}\n`);
});

function answerTo(bytes: Buffer): object | null {
  const question = parse(bytes);
  const now = performance.now();
  switch (question?.op) {
    case 'register':
      registry.register(question.name, question.id, question.addresses, now);
      return { tag: question.tag };
    case 'resolve':
      return { tag: question.tag, ...registry.resolve(question.id) };
    case 'list':
      return { tag: question.tag, relays: registry.list(now) };
    default:
      return null;
  }
}

function parse(bytes: Buffer): Question | null {
  try {
    return JSON.parse(bytes.toString()) as Question;
  } catch {
    return null;
  }
}
