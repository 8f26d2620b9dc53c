/** One way in which a stand-in can be wrong. */
export interface Bug {
  /** Where it lives: the program that has to look at the switch. `both`: the client hands over what the relay misuses. */
  in: 'relay' | 'client' | 'both';
  /** A defect of the real 0k-sync 0.1.0, which the stand-ins mend unless told otherwise. */
  real: boolean;
  what: string;
  /** The scenario that must notice it, and the id of the failure or finding, or the verdict, that it must end in. */
  caughtBy: {
    scenario: string;
    as: string;
    /** Options that the scenario needs for it. */
    input?: Record<string, string | number>;
    /** Another bug, without which it does not show. */
    beside?: string;
  };
  /** The relay's process ends of it: whoever mends the bug has to start the relay. */
  endsRelay?: true;
}
