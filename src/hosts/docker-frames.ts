import type { Sink } from './follow.ts';

const HEADER = 8;

/**
 * Takes apart the stream in which Docker mixes stdout and stderr: 8 bytes of header (1: which, 4 to 7: length), then the data.
 * Passed on as it comes: a frame that says it is 4 GB long is never kept. Source: Docker Engine API, ContainerAttach.
 * docker-modem's own recurses once a frame.
 */
export function demultiplex(sink: Sink): (chunk: Buffer) => void {
  let header: Buffer = Buffer.alloc(0);
  let left = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (left === 0) {
        const more = chunk.subarray(at, at + HEADER - header.length);
        header = Buffer.concat([header, more]);
        at += more.length;
        if (header.length < HEADER) return;
        left = header.readUInt32BE(4);
      } else {
        const data = chunk.subarray(at, at + left);
        if (header[0] === 2) sink.stderr(data);
        else sink.stdout(data);
        at += data.length;
        left -= data.length;
      }
      if (left === 0) header = Buffer.alloc(0);
    }
  };
}
