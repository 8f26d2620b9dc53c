import { createServer, type Server } from 'node:http';

/** Pages by path: the text and its type. */
export type Pages = Record<string, () => { type: string; body: string; head?: Record<string, string> }>;

/** Takes the port on all addresses. @throws the error of listen(2), such as EADDRINUSE. */
export function takePort(port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '0.0.0.0', () => resolve(server));
  });
}

export function serve(server: Server, pages: Pages): void {
  server.on('request', (request, response) => {
    const page = Object.hasOwn(pages, request.url ?? '') ? pages[request.url ?? ''] : undefined;
    if (page === undefined) return response.writeHead(404).end();
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return response.writeHead(405, { allow: 'GET,HEAD' }).end();
    const { type, body, head = {} } = page();
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...head });
    return response.end(request.method === 'HEAD' ? undefined : body);
  });
}
