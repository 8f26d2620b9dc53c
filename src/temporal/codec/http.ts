import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { LOOPBACK } from '../ports.ts';
import { CodecError } from './error.ts';

/** What `temporal` and the UI ask: `POST …/encode` and `…/decode` of `{ payloads: […] }`, as protobuf writes it in JSON. */
export interface CodecServer {
  /** With the token in its path: the UI can send no header. */
  endpoint: string;
  port: number;
  close(): Promise<void>;
}

export interface ServeOptions {
  /** 0: any. */
  port: number;
  /** Pages that may ask, as browsers name them: `http://127.0.0.1:8233`. */
  origins: readonly string[];
  /** Other users of this machine reach its ports too. */
  token: string;
}

type Refusal = { status: number; why: string };

const LARGEST_BYTES = 64 * 1024 * 1024;
const { Payloads } = proto.temporal.api.common.v1;

/** Listens on loopback only, for whoever has the token and is no page of somebody else's. */
export async function serveCodec(codec: PayloadCodec, options: ServeOptions): Promise<CodecServer> {
  let port = options.port;
  const server = createServer((request, response) => {
    answer(codec, { ...options, port }, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, LOOPBACK, done));
  ({ port } = server.address() as AddressInfo);
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { endpoint: `http://${LOOPBACK}:${port}/${options.token}`, port, close };
}

async function answer(codec: PayloadCodec, options: ServeOptions, request: IncomingMessage, response: ServerResponse) {
  const { origin } = request.headers;
  const refusal = refuse(options, request);
  if (origin !== undefined && options.origins.includes(origin) && isOurs(options, request)) allow(response, origin);
  if (refusal) return send(response, refusal.status, { message: refusal.why });
  if (request.method === 'OPTIONS') return void response.writeHead(204).end();
  const text = await bodyOf(request);
  if (text === undefined) return send(response, 413, { message: `more than ${LARGEST_BYTES} bytes` });
  try {
    const { payloads } = Payloads.fromObject(JSON.parse(text) as object);
    const act = pathOf(request).endsWith('/encode') ? 'encode' : 'decode';
    const changed = await codec[act](payloads as Payload[]);
    send(response, 200, Payloads.toObject(Payloads.create({ payloads: changed }), { bytes: String }));
  } catch (error) {
    send(response, 400, { message: error instanceof CodecError ? error.message : 'the body is no list of payloads' });
  }
}

/** In this order, so that a page of somebody else's learns nothing. Undefined: it may ask. */
function refuse(options: ServeOptions, request: IncomingMessage): Refusal | undefined {
  const { origin, authorization } = request.headers;
  // A name that an attacker made point here still stands in Host: DNS rebinding ends at this line.
  if (!isOurs(options, request)) return { status: 403, why: 'this is no name of the codec server' };
  if (origin !== undefined && !options.origins.includes(origin))
    return {
      status: 403,
      why: `pages of \`${origin.slice(0, 200)}\` may not ask; \`codec serve --origin URL\` lets them`,
    };
  const [, inPath, act] = /^(?:\/([^/]+))?\/(encode|decode)$/.exec(pathOf(request)) ?? [];
  if (act === undefined) return { status: 404, why: 'there are only …/encode and …/decode' };
  if (
    !isSame(inPath ?? /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '', options.token) &&
    !isPreflight(request, inPath)
  )
    return { status: 401, why: 'the token of `0k-chaos codec serve` is missing or wrong' };
  if (!['POST', 'OPTIONS'].includes(request.method ?? '')) return { status: 405, why: 'only POST' };
  return undefined;
}

/** The UI (2.54) adds `?preserveStorageRefs=true`, which means nothing here. */
const pathOf = ({ url = '' }: IncomingMessage): string => url.replace(/\?.*$/, '');

/** A browser asks first without the header that it asks to send. */
const isPreflight = ({ method }: IncomingMessage, inPath: string | undefined): boolean =>
  method === 'OPTIONS' && inPath === undefined;

const isOurs = ({ port }: ServeOptions, { headers }: IncomingMessage): boolean =>
  [LOOPBACK, 'localhost'].some((name) => headers.host === `${name}:${port}`);

function isSame(given: string, token: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(token)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function allow(response: ServerResponse, origin: string): void {
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Methods', 'POST');
  response.setHeader('Access-Control-Allow-Headers', 'authorization, content-type, x-namespace');
  response.setHeader('Access-Control-Allow-Credentials', 'true');
  response.setHeader('Vary', 'Origin');
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function send(response: ServerResponse, status: number, document: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(document));
}
