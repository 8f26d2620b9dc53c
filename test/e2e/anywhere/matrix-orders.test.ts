import { sampleOf } from '../../matrix/sample.ts';
import { survives } from '../survives.ts';

describe('whatever a run is told at whatever moment, the machines are put back and the verdict is right', () => {
  survives(sampleOf('orders'));
});
