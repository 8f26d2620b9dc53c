import { sampleOf } from '../matrix/sample.ts';
import { survives } from './survives.ts';

describe('whatever dies while netem stands, the machines are put back and the verdict is right', () => {
  survives(sampleOf('netem'));
});
