/** host:port of a UDP socket (IPv4). */
export interface Address {
  host: string;
  port: number;
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
