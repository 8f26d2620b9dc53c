/** What a person reads when the lab cannot do something: what, where, the evidence, the way out. */
export class LabError extends Error {
  override name = 'LabError';
  /** 2: a person's mistake or a missing package, nothing was touched. 1: anything else. */
  readonly exitCode: 1 | 2;
  constructor(message: string, exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
