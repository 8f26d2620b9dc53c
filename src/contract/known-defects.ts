/** A finding or a failure that the team has listed: shown as known, never turned into passed. */
export interface KnownDefect {
  /** Of the finding or failure; `*` stands for anything. */
  id: string;
  /** Globs; absent: every scenario. */
  scenarios?: string[] | undefined;
  reason: string;
  link?: string | undefined;
  /** The last day on which it counts as known, YYYY-MM-DD in UTC. */
  expires: string;
}
