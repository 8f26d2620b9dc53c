import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { faults } from '../../src/faults/index.ts';
import { FAULT_NAMES } from '../matrix/axes.ts';

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

describe('every fault', () => {
  for (const [kind, fault] of Object.entries(faults)) {
    it(`${kind} is listed under its own name, and keeps the contract of faults`, () => {
      assert.equal(fault.kind, kind);
      assert.match(read(`./${kind}.test.ts`), /^behavesAsFault\(|^ {2}behavesAsFault\(/m);
    });

    it(`${kind} is measured and healed on a lab, and dies every death of the matrix`, () => {
      const onLabs = read('../e2e/anywhere/faults.test.ts') + read('../e2e/faults.test.ts');
      assert.ok(onLabs.includes(`kind: '${kind}'`), 'test/e2e/anywhere/faults.test.ts, or test/e2e/faults.test.ts');
      assert.ok(
        FAULT_NAMES.some((name) => name.startsWith(`${kind} `)),
        'test/matrix/axes.ts',
      );
    });
  }
});
