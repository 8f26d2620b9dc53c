/** What the matrix is spanned by: pure data, which the workflow bundle holds as well. */

/** One fault of each kind, and where a lab must be of virtual machines for it. */
export interface FaultAxis {
  target: 'relay-1' | 'guardian';
  machine: 'beast' | 'guardian';
  /** It is in, or is, a container of that machine. */
  container: boolean;
  /** Its effect is measured by real pulls of that client. */
  client: boolean;
  /** Nobody reaches the machine while it stands. */
  cutsControl?: true;
  /** Needs netem in the machine's kernel. */
  netem?: true;
}

const relay = { target: 'relay-1', machine: 'beast', container: true } as const;
const guardian = { target: 'guardian', machine: 'guardian', container: false } as const;

export const FAULTS = {
  'container kill': { ...relay, client: false },
  'container stop': { ...relay, client: false },
  'container pause': { ...relay, client: false },
  'container restart': { ...relay, client: false },
  'partition both ways': { ...guardian, client: true },
  'partition one way': { ...guardian, client: true },
  'partition of a container': { ...relay, client: true },
  'partition with control': { ...guardian, client: false, cutsControl: true },
  'netem on a machine': { ...guardian, client: false, netem: true },
  'netem on a peer': { ...guardian, client: false, netem: true },
  'netem in a container': { ...relay, client: false, netem: true },
  'netem ingress': { ...guardian, client: false, netem: true },
} satisfies Record<string, FaultAxis>;
export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
export const axisOf = (fault: FaultName): FaultAxis => FAULTS[fault];

/** Moments between two steps of arm → inject → probe → hold → renew → heal → verify → release, each named for what comes next or is just done. */
const BOUNDARIES = {
  arming: 'before anything is asked of the machine',
  armed: 'armed, not injected',
  injected: 'injected, not probed',
  probed: 'probed, and nobody told',
  holding: 'the run goes on while the fault stands',
  renewing: 'a renewal has begun',
  renewed: 'the deadline is moved, and nobody told',
  healing: 'before the words that heal',
  healed: 'healed, not verified',
  verified: 'verified, not written down',
  released: 'released, and nobody told',
} as const;
export type Boundary = keyof typeof BOUNDARIES;
export const BOUNDARY_NAMES = Object.keys(BOUNDARIES) as Boundary[];

const DEATHS = {
  'worker killed': 'SIGKILL; another one comes when the leases have healed',
  'worker killed and back at once': 'SIGKILL; another one comes at once',
  'worker terminated': 'SIGTERM; another one comes at once',
  'server killed': 'SIGKILL; started again on the same database',
  'ssh reset': 'the processes of sshd that serve our connections are killed',
  'black hole': 'nothing goes to the machine or comes from it, for longer than the lease',
  'power cut': 'the plug is pulled, and put back in',
  'sshd killed': 'nobody listens for longer than the lease',
  'dockerd restarted': 'SIGKILL of the engine, whose containers live on; started again',
  cancelled: 'temporal workflow cancel',
  'terminated by hand': 'temporal workflow terminate',
  'run timeout': 'the server ends the run, which the frame would have refused',
  reset: 'temporal workflow reset to the last workflow task',
  'two workers': 'a second one polls as well',
  'frozen worker': 'SIGSTOP; a second one takes over; the first is thawed when the run has ended',
} as const;
export type Death = keyof typeof DEATHS;
export const DEATH_NAMES = Object.keys(DEATHS) as Death[];

export interface Cell {
  fault: FaultName;
  boundary: Boundary;
  death: Death;
}

export const nameOf = ({ fault, boundary, death }: Cell): string => `${fault} × ${boundary} × ${death}`;
