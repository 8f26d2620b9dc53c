import { createSocket, type Socket } from 'node:dgram';

export interface Rules {
  loss?: number;
  copies?: number;
  delayMs?: number;
  jitterMs?: number;
  /** Packets are queued without end. */
  rateKbit?: number;
  corruptOneIn?: number;
}

/** A bad link on loopback: everything between one client and the relay goes through it, both ways. */
export class BadLink {
  readonly rules: Rules;
  readonly seen: Buffer[] = [];
  readonly #front: Socket;
  readonly #back: Socket;
  #client = 0;
  #count = 0;
  readonly #freeAt = new Map<Socket, number>();

  static async start(relayPort: number, rules: Rules): Promise<BadLink> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    await Promise.all(sockets.map((socket) => new Promise<void>((done) => socket.bind(0, '127.0.0.1', done))));
    return new BadLink(sockets[0], sockets[1], relayPort, rules);
  }

  constructor(front: Socket, back: Socket, relayPort: number, rules: Rules) {
    this.#front = front;
    this.#back = back;
    this.rules = rules;
    front.on('message', (datagram, from) => {
      this.#client = from.port;
      this.#pass(datagram, () => relayPort, back);
    });
    back.on('message', (datagram) => this.#pass(datagram, () => this.#client, front));
  }

  get address(): string {
    return `127.0.0.1:${this.#front.address().port}`;
  }

  drop(): void {
    this.#front.close();
    this.#back.close();
    this.rules.loss = 1;
  }

  #pass(datagram: Buffer, port: () => number, by: Socket): void {
    const { loss = 0, copies = 1, delayMs = 0, jitterMs = 0, corruptOneIn = 0 } = this.rules;
    this.seen.push(datagram);
    const bytes = Buffer.from(datagram);
    if (corruptOneIn > 0 && ++this.#count % corruptOneIn === 0) bytes[20] = (bytes[20] ?? 0) ^ 0x40;
    for (let copy = 0; copy < copies; copy++) {
      if (Math.random() < loss) continue;
      const send = (): void => {
        if ((this.rules.loss ?? 0) < 1) by.send(bytes, port(), '127.0.0.1');
      };
      const wait = delayMs + Math.random() * jitterMs + this.#queued(by, bytes.length);
      if (wait > 0) setTimeout(send, wait);
      else send();
    }
  }

  /** ms until a link of our rate has sent all that is queued before these bytes, and them. */
  #queued(by: Socket, bytes: number): number {
    const { rateKbit } = this.rules;
    if (rateKbit === undefined) return 0;
    const now = performance.now();
    const freeAt = Math.max(now, this.#freeAt.get(by) ?? 0) + (bytes * 8) / rateKbit;
    this.#freeAt.set(by, freeAt);
    return freeAt - now;
  }
}
