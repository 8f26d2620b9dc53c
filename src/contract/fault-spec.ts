/** One way to break something, in the words of the fleet file. Resolved to params by an activity. */
export type FaultSpec =
  | {
      kind: 'container';
      target: string;
      /** `recreate`: a new container of the same image, so under a new id. `rebuild`: of an image built anew. */
      action: 'kill' | 'stop' | 'restart' | 'pause' | 'recreate' | 'rebuild';
      signal?: string;
    }
  | {
      kind: 'partition';
      target: string;
      /** `all`: everything but control. Otherwise the machines or relays it is cut from. */
      from: 'all' | string[];
      /** As the target sees it: `in` drops what reaches it. */
      direction: 'both' | 'in' | 'out';
      /** Only this traffic: `tcp`, `udp/4433`, …; `data`: what a relay serves clients with (UDP), so that its health stays reachable. */
      ports?: 'data' | string[];
      /** `cut`: the control connection is cut as well, so that nobody can heal it: it ends by its lease. Default `keep`. */
      control?: 'keep' | 'cut';
    }
  | ({
      kind: 'netem';
      target: string;
      /** Machine or relay; absent: the whole interface but control. */ toward?: string;
      /** Default: by which the target reaches `toward`. */
      interface?: string;
      /** What leaves the target (`out`, the default), or what arrives there. */
      direction?: 'out' | 'in';
      /** Only this traffic: `icmp`, `tcp`, `udp/4433`, …, whichever side has the port. */
      ports?: string[];
    } & NetemShape);

export type ContainerAction = Extract<FaultSpec, { kind: 'container' }>['action'];

/** What netem does to packets. Percentages are of packets, each for itself. Source: tc-netem(8). */
export interface NetemShape {
  delayMs?: number;
  /** Spread of the delay, to both sides. */
  jitterMs?: number;
  /** Of the jitter. Default: uniform. */
  distribution?: 'normal' | 'pareto' | 'paretonormal';
  lossPercent?: number;
  /** Loss in bursts (Gilbert-Elliott): chance to enter and to leave a burst, loss within (default 100) and outside (default 0). */
  lossBursts?: { enterPercent: number; leavePercent: number; badLossPercent?: number; goodLossPercent?: number };
  /** Loss by a chain of four states. */
  lossState?: {
    enterPercent: number;
    leavePercent?: number;
    recoverPercent?: number;
    relapsePercent?: number;
    alonePercent?: number;
  };
  duplicatePercent?: number;
  corruptPercent?: number;
  reorderPercent?: number;
  rateKbit?: number;
  /** Packets wait for slots that are so far apart. */
  slot?: { minMs: number; maxMs?: number; packets?: number; bytes?: number };
}

/** Over as soon as it is done: a container that is started again. */
export const endsByItself = (spec: FaultSpec): boolean =>
  spec.kind === 'container' && ['restart', 'recreate', 'rebuild'].includes(spec.action);

/** Nobody can heal it while it stands: it ends when its lease does, and that is no interruption. */
export const healsByLease = (spec: FaultSpec): boolean => spec.kind === 'partition' && spec.control === 'cut';
