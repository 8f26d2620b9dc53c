import type { Sink } from './follow.ts';

/**
 * Takes apart the stream in which Docker mixes stdout and stderr: 8 bytes of header (1: which, 4 to 7: length), then the data.
 * Source: Docker Engine API, ContainerAttach. docker-modem's own recurses once a frame.
 */
export function demultiplex(sink: Sink): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 8) {
      const end = at + 8 + rest.readUInt32BE(at + 4);
      if (end > rest.length) break;
      const frame = rest.subarray(at + 8, end);
      if (rest[at] === 2) sink.stderr(frame);
      else sink.stdout(frame);
      at = end;
    }
    rest = rest.subarray(at);
  };
}
