import { setFlagsFromString } from 'node:v8';

// To be imported before node-sqlite3-wasm. SQLite's WebAssembly is compiled once, quickly: optimising it costs a relay 0.25 s
// of CPU at every start, eight times that on an emulated machine, and gains nothing at a handful of rows.
setFlagsFromString('--liftoff-only');
