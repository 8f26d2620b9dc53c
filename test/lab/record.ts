import type { LabRecord } from '../../lab/record.ts';

/** A lab that runs nowhere. */
export function aRecord(different: Partial<LabRecord>): LabRecord {
  return {
    name: 'lab-test',
    dir: '/nowhere/labs/lab-test',
    kind: 'vm',
    why: 'a test',
    image: '/nowhere/machine',
    template: '/nowhere/template',
    accelerator: 'tcg',
    addresses: { beast: '10.77.0.10', guardian: '10.77.0.20', q: ['10.0.2.2'] },
    timeDivisor: 10,
    bugs: '',
    secondPath: false,
    ports: {
      ssh: { beast: 40010, guardian: 40020 },
      http: [41001, 41002, 41003],
      udp: [42001, 42002, 42003],
      discovery: 43000,
      link: { beast: 44010, guardian: 44020 },
    },
    ...different,
  };
}
