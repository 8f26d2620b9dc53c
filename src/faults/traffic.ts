import { z } from 'zod';

/** `tcp`, `udp`, `icmp`, or with a port, whichever side has it: `tcp/8080`. `icmp` is ICMPv6 as well. */
export const trafficSchema = z
  .string()
  .regex(/^(tcp|udp)(\/([1-9]\d{0,4}))?$|^icmp$/, '`tcp`, `udp`, `icmp`, or with a port: `tcp/8080`, `udp/4433`')
  .refine((text) => Number(text.split('/')[1] ?? 1) <= 65_535, 'a port is 1 to 65535');
