import { sampleOf } from '../../matrix/sample.ts';
import { survives } from '../survives.ts';

describe('whatever happens to a machine at whatever moment, the machines are put back and the verdict is right', () => {
  survives(sampleOf('machines'));
});
