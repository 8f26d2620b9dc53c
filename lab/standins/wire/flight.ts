import { MAX_DATAGRAM } from './packet.ts';

/** A piece of the stream; several packets may carry the same one. */
export interface Chunk {
  offset: number;
  data: Buffer;
  isAcked: boolean;
}

interface Sent {
  at: number;
  size: number;
  chunk: Chunk | null;
}

/** 16 packets at least, so that heavy random loss only slows us down (QUIC falls to 2); the ceiling fits a default socket buffer. */
const LEAST_WINDOW = 16 * MAX_DATAGRAM;
const MOST_WINDOW = 64 * MAX_DATAGRAM;
/** How many newer packets must be acknowledged before one counts as lost. */
const REORDERING = 3;
/** ms a peer may take to acknowledge. */
const ACK_DELAY = 25;

/** What is on its way: round trip times, what counts as lost, how much may be sent (RFC 9002, without pacing). */
export class Flight {
  readonly #sent = new Map<number, Sent>();
  readonly #mostPtoMs: number;
  #bytes = 0;
  #window = LEAST_WINDOW;
  #slowStartEnd = Number.POSITIVE_INFINITY;
  /** Packets sent before this time belong to a loss already paid for. */
  #recoveryFrom = Number.NEGATIVE_INFINITY;
  #srtt: number;
  #rttvar: number;
  #timeouts = 0;
  #largestAcked = -1;

  /** `mostPtoMs` bounds the back-off, so that a peer that thaws or a link that heals is seen within the idle timeout. */
  constructor(firstRttMs: number, mostPtoMs: number) {
    this.#srtt = firstRttMs;
    this.#rttvar = firstRttMs / 2;
    this.#mostPtoMs = mostPtoMs;
  }

  get isEmpty(): boolean {
    return this.#sent.size === 0;
  }

  get hasRoom(): boolean {
    return this.#bytes + MAX_DATAGRAM <= this.#window;
  }

  add(number: number, size: number, chunk: Chunk | null, now: number): void {
    this.#sent.set(number, { at: now, size, chunk });
    this.#bytes += size;
  }

  /** Takes in an ack. @returns the chunks that must be sent again. */
  acked(ranges: Array<[number, number]>, now: number): Chunk[] {
    let news = false;
    for (const [number, packet] of this.#sent) {
      if (!ranges.some(([first, last]) => number >= first && number <= last)) continue;
      if (number > this.#largestAcked) {
        this.#largestAcked = number;
        this.#measured(now - packet.at);
      }
      if (packet.chunk !== null) packet.chunk.isAcked = true;
      this.#forget(number, packet);
      this.#grow(packet);
      news = true;
    }
    if (news) this.#timeouts = 0;
    return this.lost(now);
  }

  /** Declares lost what is older than what was acknowledged. @returns the chunks that must be sent again. */
  lost(now: number): Chunk[] {
    const again: Chunk[] = [];
    for (const [number, packet] of this.#sent) {
      if (number > this.#largestAcked) break;
      if (this.#largestAcked - number < REORDERING && now < packet.at + this.#lossDelay()) continue;
      this.#forget(number, packet);
      this.#shrink(packet, now);
      if (packet.chunk !== null && !packet.chunk.isAcked) again.push(packet.chunk);
    }
    return again;
  }

  /** The oldest chunks still unacknowledged, for a probe of two packets after a timeout. */
  probe(): Chunk[] {
    this.#timeouts++;
    const chunks = [...this.#sent.values()].map(({ chunk }) => chunk);
    const [first, second = first] = chunks.filter((chunk) => chunk !== null && !chunk.isAcked);
    return first == null || second == null ? [] : [first, second];
  }

  /** When to look again (ms on the caller's clock): a packet becomes lost, or a probe is due. Null: nothing on its way. */
  deadline(): { at: number; for: 'lost' | 'probe' } | null {
    let newest = Number.NEGATIVE_INFINITY;
    for (const [number, packet] of this.#sent) {
      if (number < this.#largestAcked) return { at: packet.at + this.#lossDelay(), for: 'lost' };
      newest = Math.max(newest, packet.at);
    }
    return this.#sent.size === 0 ? null : { at: newest + this.#pto(), for: 'probe' };
  }

  #pto(): number {
    const once = this.#srtt + Math.max(4 * this.#rttvar, 1) + ACK_DELAY;
    return Math.min(once * 2 ** this.#timeouts, Math.max(2 * this.#srtt, this.#mostPtoMs));
  }

  #lossDelay(): number {
    return (9 / 8) * this.#srtt + 1;
  }

  #measured(rtt: number): void {
    this.#rttvar = (3 * this.#rttvar + Math.abs(this.#srtt - rtt)) / 4;
    this.#srtt = (7 * this.#srtt + rtt) / 8;
  }

  #forget(number: number, packet: Sent): void {
    this.#sent.delete(number);
    this.#bytes -= packet.size;
  }

  #grow(packet: Sent): void {
    if (packet.at <= this.#recoveryFrom) return;
    const step = this.#window < this.#slowStartEnd ? packet.size : (MAX_DATAGRAM * packet.size) / this.#window;
    this.#window = Math.min(MOST_WINDOW, this.#window + step);
  }

  #shrink(packet: Sent, now: number): void {
    if (packet.at <= this.#recoveryFrom) return;
    this.#recoveryFrom = now;
    this.#window = Math.max(LEAST_WINDOW, this.#window / 2);
    this.#slowStartEnd = this.#window;
  }
}
