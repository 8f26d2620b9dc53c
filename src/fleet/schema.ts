import { z } from 'zod';
import { guardsSchema, webAddress, words } from './guards.ts';
import { nightlySchema } from './nightly.ts';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.-]{0,62}$/i, 'a name is letters, digits, `.`, `_`, `-`, and starts with a letter or digit');
const path = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]*$/, 'a path has no NUL');
/** On the machine itself, whoever it is reached by: nobody knows a working folder there. */
const thereabouts = path.regex(/^(\/|~\/)/, 'a folder there starts with `/` or `~/`');
const host = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$/, 'a host name or an address');
const address = z.union([z.ipv4(), z.ipv6()]);
const port = z.int().min(1).max(65535);
const kept = z
  .string()
  .regex(/^(tcp|udp)\/[1-9]\d{0,4}$|^mark\/0x[0-9a-f]{1,8}$/, '`tcp/PORT`, `udp/PORT` or `mark/0xHEX`')
  .refine((text) => text.startsWith('mark/') || Number(text.slice(4)) <= 65_535, 'a port is 1 to 65535');
const seconds = z.number().positive().max(86_400);

const machine = z
  .strictObject({
    /** This machine itself. */
    local: z.literal(true).optional(),
    ssh: z
      .strictObject({
        host,
        port: port.optional(),
        user: z
          .string()
          .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/, 'a user name')
          .optional(),
        identityFile: path.optional(),
        /** Default: ours, then ~/.ssh/known_hosts. */
        knownHostsFile: path.optional(),
      })
      .optional(),
    /** How other machines and relays reach this one; what partitions and netem match. */
    addresses: z.array(address).default([]),
    docker: z
      .strictObject({ socket: path.regex(/^\//, 'a socket starts with `/`').default('/var/run/docker.sock') })
      .optional(),
    /** The Compose project on this machine: what `0k-chaos relays up`, `down` and `rebuild` work in. */
    compose: z.strictObject({ directory: thereabouts, file: path }).optional(),
    /** Let through by a cut besides SSH: what carries the control connection, such as WireGuard's own packets. */
    keep: z.array(kept).default([]),
  })
  .refine((m) => (m.local === true) !== (m.ssh !== undefined), 'a machine is either `local: true` or has `ssh:`');

const relay = z.strictObject({
  machine: name,
  /** Compose service on that machine. */
  service: name,
  /** As Q reaches it; metrics are beside it at /metrics. */
  health: webAddress,
  /** Port of health and metrics inside the container: control, let through by a cut. */
  healthPort: port.default(8080),
});

const client = z.strictObject({
  machine: name,
  /** Compose service that it runs in; absent: on the machine itself. */
  service: name.optional(),
  command: words.default(['sync-cli']),
  /** Folder under which each run makes one of its own. */
  data: path,
  /** How its program is made elsewhere, for `0k-chaos guardian install`. */
  build: z
    .strictObject({
      /** The machine that builds. */
      on: name,
      directory: thereabouts,
      /** Run in the directory, with ~/.cargo/bin in its PATH. */
      command: words,
      /** The program it makes; relative: to the directory. */
      artefact: path,
    })
    .optional(),
});

/** The machines, relays and clients of one system. Unknown keys are errors. */
export const fleetSchema = z.strictObject({
  name,
  /** Compose project of relays and container clients. */
  project: name.default('dist-chaos'),
  /** Where journals, keys and the embedded server's database live. Default: $XDG_STATE_HOME/0k-chaos. Relative: to the fleet file. */
  state: path.optional(),
  /** The product's own constants: failover is judged against them. */
  times: z
    .strictObject({
      /** What a client spends on one dead relay. */
      deadRelaySeconds: seconds.default(30),
      /** Deadline of one sync-cli command. */
      commandSeconds: seconds.default(150),
      /** Deadline for a message to arrive where nothing is wrong any more. */
      deliverSeconds: seconds.default(180),
      /** Deadline for a started relay to be healthy. */
      healthySeconds: seconds.default(90),
    })
    .prefault({}),
  /** List of known defects. Default: known-defects.yml beside the fleet file, where there is one. Relative: to the fleet file. */
  knownDefects: path.optional(),
  /** Encrypts what Temporal keeps of runs; absent: in clear. Relative: to the fleet file. Made by `0k-chaos codec keygen`. */
  codec: z.strictObject({ keyFile: path }).optional(),
  /** A suite, again and again: kept as a Temporal schedule by `0k-chaos schedule apply`. */
  nightly: nightlySchema.optional(),
  /** Rails that hold whoever asks: what is never broken, how long, how much, when, and what ends a run. */
  guards: guardsSchema.optional(),
  machines: z.record(name, machine),
  relays: z.record(name, relay),
  clients: z.record(name, client),
});

export type Fleet = z.infer<typeof fleetSchema>;
export type Machine = Fleet['machines'][string];
export type Relay = Fleet['relays'][string];
export type Client = Fleet['clients'][string];
