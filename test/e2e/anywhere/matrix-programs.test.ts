import { sampleOf } from '../../matrix/sample.ts';
import { survives } from '../survives.ts';

describe('whatever program of ours dies at whatever moment, the machines are put back and the verdict is right', () => {
  survives(sampleOf('programs'));
});
