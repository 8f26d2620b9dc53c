import { fleetSchema } from '../../src/fleet/schema.ts';

const relay = (n: number) => ({
  machine: 'beast',
  service: `relay-${n}`,
  health: `http://127.0.0.1:${8080 + n}/health`,
});

/** A fleet of names only: nobody calls these machines. */
export const fleet = fleetSchema.parse({
  name: 'fake',
  machines: {
    q: { local: true },
    beast: { ssh: { host: '127.0.0.1' }, docker: {} },
    guardian: { ssh: { host: '127.0.0.1' } },
  },
  relays: { 'relay-1': relay(1), 'relay-2': relay(2), 'relay-3': relay(3) },
  clients: {
    q: { machine: 'q', data: '/var/tmp/q' },
    beast: { machine: 'beast', service: 'client-beast', data: '/data' },
    guardian: { machine: 'guardian', data: '/var/tmp/guardian' },
  },
});
