/** host:port of a UDP socket (IPv4). */
export interface Address {
  host: string;
  port: number;
}

/** For sockets that are only ever given addresses: Node would look each one up before it sends. */
export function asItIs(host: string, _options: unknown, done: (error: null, address: string, family: 4) => void): void {
  done(null, host, 4);
}

/** @throws when `text` is not `host:port`. */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon <= 0 || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Error(`Expected an address as \`host:port\`, got \`${text}\``);
  }
  return { host: text.slice(0, colon), port };
}
