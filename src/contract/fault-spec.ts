/** One way to break something, in the words of the fleet file. Resolved to params by an activity. */
export type FaultSpec =
  | { kind: 'container'; target: string; action: 'kill' | 'stop' | 'restart' | 'pause'; signal?: string }
  | {
      kind: 'partition';
      target: string;
      /** `all`: everything but control. Otherwise the machines or relays it is cut from. */
      from: 'all' | string[];
      direction: 'both' | 'in' | 'out';
    }
  | ({
      kind: 'netem';
      target: string;
      /** Machine or relay; absent: the whole interface but control. */ toward?: string;
    } & NetemShape);

/** What netem does to the packets that leave the target. Source: tc-netem(8). */
export interface NetemShape {
  delayMs?: number;
  jitterMs?: number;
  lossPercent?: number;
  duplicatePercent?: number;
  corruptPercent?: number;
  reorderPercent?: number;
  rateKbit?: number;
}
