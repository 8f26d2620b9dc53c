import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunRef } from '../contract/run.ts';
import type { JournalEvent } from '../report/journal.ts';

/** The folder of one run on the worker's machine: events as they happen, and artefacts. A crash loses nothing. */
export class RunFolder {
  readonly dir: string;

  constructor(stateDir: string, run: RunRef) {
    this.dir = path.join(stateDir, 'runs', run.scenario, run.runId);
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
  }

  record(event: Omit<JournalEvent, 'at'>): void {
    const line = JSON.stringify({ at: new Date().toISOString(), ...event });
    appendFileSync(this.file('events.jsonl'), `${line}\n`, { mode: 0o600 });
  }

  /** In the order in which they happened; a line that a crash cut short is left out. */
  events(): JournalEvent[] {
    return this.read('events.jsonl')
      .split('\n')
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as JournalEvent];
        } catch {
          return [];
        }
      });
  }

  /** `''` where there is no such file. */
  read(name: string): string {
    try {
      return readFileSync(this.file(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    }
  }

  write(name: string, content: string): string {
    const file = this.file(name);
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.tmp`, content, { mode: 0o600 });
    renameSync(`${file}.tmp`, file);
    return file;
  }

  file(name: string): string {
    return path.join(this.dir, name);
  }
}
