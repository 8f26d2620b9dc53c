/** As the product: a request or response above this fails. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** @throws when the message is larger than the product allows. */
export function frame(message: Buffer): Buffer {
  if (message.length > MAX_MESSAGE_BYTES) throw new Error(tooLarge(message.length));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

/** Cuts a stream of bytes into length-prefixed messages. */
export class MessageReader {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @returns the messages that are whole now. @throws on one that is larger than the product allows. */
  add(data: Buffer): Buffer[] {
    this.#parts.push(data);
    this.#bytes += data.length;
    const messages: Buffer[] = [];
    for (let message = this.#next(); message !== null; message = this.#next()) messages.push(message);
    return messages;
  }

  #next(): Buffer | null {
    if (this.#bytes < 4) return null;
    if ((this.#parts[0]?.length ?? 0) < 4) this.#parts = [Buffer.concat(this.#parts)];
    const length = this.#parts[0]?.readUInt32BE(0) ?? 0;
    if (length > MAX_MESSAGE_BYTES) throw new Error(tooLarge(length));
    if (this.#bytes < 4 + length) return null;
    const all = Buffer.concat(this.#parts);
    this.#parts = [all.subarray(4 + length)];
    this.#bytes = all.length - 4 - length;
    return all.subarray(4, 4 + length);
  }
}

function tooLarge(bytes: number): string {
  return `Message too large: ${bytes} > ${MAX_MESSAGE_BYTES}`;
}
