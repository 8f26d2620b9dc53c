/** One JSON datagram each way. `tag` is the asker's own, so that a late answer to an earlier question is recognised. */
export type Question =
  | { op: 'register'; tag: number; name: string; id: string; addresses: string[] }
  | { op: 'resolve'; tag: number; id: string }
  | { op: 'list'; tag: number };

export interface Resolved {
  tag: number;
  /** false: nobody ever registered this id. */
  known: boolean;
  addresses: string[];
}

export interface Listed {
  tag: number;
  /** The current id of each name, and how long ago it was last heard of, ms. */
  relays: Array<{ name: string; id: string; addresses: string[]; heardMs: number }>;
}
