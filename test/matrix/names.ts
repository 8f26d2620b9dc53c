/** Names that the matrix's driver, worker and workflows share. */

/** The signal that lets a body go on to its heal. */
export const GO_ON = 'goOn';

/** Where a machine keeps its gates: outside of the ledger. */
export const MACHINE_GATES = '/run/0k-matrix';

/** Gates of the worker: closed by a file of that name, whose `.reached` says that somebody waits there. */
export type WorkerGate = 'arm' | 'inject done';
