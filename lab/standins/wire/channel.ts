import { type Chunk, Flight } from './flight.ts';
import { type Frame, MAX_FRAMES, seal, STREAM_HEADER, unseal } from './packet.ts';
import { Reassembly, ReceivedNumbers } from './received.ts';

/** Most bytes of acks beside data in one datagram: 24 ranges. */
const ACK_ROOM = 2 + 24 * 8;
const CHUNK_BYTES = MAX_FRAMES - STREAM_HEADER - ACK_ROOM;
/** Packets that one ack answers at most once some were lost (RFC 9000, 13.2.2): more acks, as they get lost too. */
const ACK_EVERY = 2;
/** And before that: an ack costs both sides as much as data. */
const ACK_EVERY_IN_ORDER = 12;
/** Longest gap between probes, ms, and as a part of the idle timeout. */
const MOST_PTO = 1000;
const PTO_PART = 10;

export interface ChannelOptions {
  connectionId: string;
  sendKey: Buffer;
  receiveKey: Buffer;
  /** Round trip of the handshake, ms. */
  rttMs: number;
  /** The connection is dead when nothing came for so long, ms. */
  idleMs: number;
  /** Hands a datagram to the socket. `isProbe`: the known way may be dead, try every way there is. */
  send(datagram: Buffer, isProbe: boolean): void;
  onData(data: Buffer): void;
  /** Once, with the reason; also for the idle timeout. */
  onClosed(reason: string): void;
}

/** One connection: two reliable, ordered streams of bytes over datagrams that may be lost, repeated or out of order. */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #flight: Flight;
  readonly #numbers = new ReceivedNumbers();
  readonly #incoming = new Reassembly();
  #waiting: Chunk[] = [];
  #nextNumber = 0;
  #nextOffset = 0;
  #heardAt = performance.now();
  /** Packets to be acknowledged since our last ack. */
  #unacked = 0;
  #isFlushPlanned = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#flight = new Flight(options.rttMs, Math.min(MOST_PTO, options.idleMs / PTO_PART));
    this.#arm();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(data: Buffer): void {
    for (let at = 0; at < data.length; at += CHUNK_BYTES) {
      const piece = data.subarray(at, at + CHUNK_BYTES);
      this.#waiting.push({ offset: this.#nextOffset, data: piece, isAcked: false });
      this.#nextOffset += piece.length;
    }
    this.#planFlush();
  }

  /** @returns whether the datagram is authentic and new: only then is the way it came a good one. */
  receive(datagram: Buffer): boolean {
    const packet = this.#isClosed ? null : unseal(this.#options.receiveKey, datagram);
    if (packet === null) return false;
    const now = performance.now();
    this.#heardAt = now;
    const isNew = this.#numbers.add(packet.number);
    if (packet.frames.some(({ kind }) => kind !== 'ack')) this.#unacked++;
    if (isNew) for (const frame of packet.frames) this.#take(frame, now);
    const ackEvery = this.#numbers.hasGaps ? ACK_EVERY : ACK_EVERY_IN_ORDER;
    if (this.#unacked >= ackEvery && !this.#isClosed) this.#transmit([]);
    this.#planFlush();
    return isNew;
  }

  /** Tells the peer, once and without waiting (as QUIC's CONNECTION_CLOSE). */
  close(reason: string): void {
    if (!this.#isClosed) this.#transmit([{ kind: 'close', reason }]);
    this.#end(reason);
  }

  /** Stops without a word: the peer finds out by its idle timeout. */
  forget(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #take(frame: Frame, now: number): void {
    if (this.#isClosed) return;
    if (frame.kind === 'stream') {
      for (const data of this.#incoming.add(frame.offset, frame.data)) this.#options.onData(data);
    } else if (frame.kind === 'ack') {
      this.#waiting.unshift(...this.#flight.acked(frame.ranges, now));
    } else if (frame.kind === 'close') {
      this.#end(frame.reason);
    }
  }

  /** Once a turn of the event loop, so that one packet answers all that came together. */
  #planFlush(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isClosed) return;
    while (this.#flight.hasRoom) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) break;
      if (!chunk.isAcked) this.#sendChunk(chunk, false);
    }
    if (this.#unacked > 0) this.#transmit([]);
    this.#arm();
  }

  #sendChunk(chunk: Chunk | null, isProbe: boolean): void {
    const now = performance.now();
    // Waiting begins with the first thing we ask for: an idle connection is not dead when it wakes (RFC 9000, 10.1).
    if (this.#flight.isEmpty) this.#heardAt = Math.max(this.#heardAt, now);
    const number = this.#nextNumber;
    const frame: Frame = chunk === null ? { kind: 'ping' } : { kind: 'stream', offset: chunk.offset, data: chunk.data };
    const size = this.#transmit([frame], isProbe);
    this.#flight.add(number, size, chunk, now);
  }

  #transmit(frames: Frame[], isProbe = false): number {
    if (this.#unacked > 0) frames.push({ kind: 'ack', ranges: this.#numbers.ranges() });
    this.#unacked = 0;
    const datagram = seal(this.#options.sendKey, this.#options.connectionId, this.#nextNumber++, frames);
    this.#options.send(datagram, isProbe);
    return datagram.length;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const next = Math.min(
      this.#flight.deadline()?.at ?? Number.POSITIVE_INFINITY,
      this.#heardAt + this.#options.idleMs,
    );
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, next - performance.now()));
  }

  #wake(): void {
    const now = performance.now();
    const due = this.#flight.deadline();
    if (now >= this.#heardAt + this.#options.idleMs) return this.#endUnlessHeard(this.#heardAt);
    if (due !== null && now >= due.at) {
      if (due.for === 'lost') this.#waiting.unshift(...this.#flight.lost(now));
      else this.#sendProbe();
    }
    this.#flush();
  }

  /** What came while this process was frozen or starved is read first. */
  #endUnlessHeard(since: number): void {
    setImmediate(() => {
      if (this.#heardAt === since) this.#end('timed out');
      else this.#flush();
    });
  }

  #sendProbe(): void {
    const chunks = this.#flight.probe();
    if (chunks.length === 0) this.#sendChunk(null, true);
    for (const chunk of chunks) this.#sendChunk(chunk, true);
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#options.onClosed(reason);
  }
}
