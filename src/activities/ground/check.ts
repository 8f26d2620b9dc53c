import type { Observation } from './observation.ts';
import type { Scratch } from './scratch.ts';

/** One check of the ground. Its name is what the guide's tests are called, and a public interface. */
export interface GroundCheck {
  name: string;
  /** One sentence. */
  does: string;
  /** The way out where the failure does not tell its own. */
  fix: string;
  /** What it breaks for a moment, under a lease. Such checks come last, those of one kind in turn. */
  breaks?: 'relay' | 'edge';
  /** Throws where it cannot even look; that is a failure too. */
  run(scratch: Scratch): Promise<Observation[]>;
}

/** Something is not as it has to be; the message says what, `fix` what to do about it. */
export class NotSo extends Error {
  override name = 'NotSo';
  readonly fix: string;
  constructor(problem: string, fix: string) {
    super(problem);
    this.fix = fix;
  }
}

/** Several things at once, each fix told once. */
export const notSo = (found: Observation[]): NotSo => {
  const all = (texts: (string | undefined)[]): string => [...new Set(texts.filter(Boolean))].join('; ');
  return new NotSo(all(found.map(({ what }) => what)), all(found.map(({ fix }) => fix)));
};
