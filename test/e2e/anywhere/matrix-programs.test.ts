import { SAMPLE } from '../../matrix/sample.ts';
import { survives } from '../survives.ts';

describe('whatever dies at whatever moment, the machines are put back and the verdict is right', () => {
  survives(SAMPLE);
});
