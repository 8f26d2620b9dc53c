import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunRef } from '../contract/run.ts';
import { appendLine, privateFolder, replacePrivate, stateFolder } from '../hosts/private-file.ts';
import type { JournalEvent } from '../report/journal.ts';

/** The folder of one run on the worker's machine: events as they happen, and artefacts. A crash loses nothing. */
export class RunFolder {
  readonly dir: string;

  constructor(stateDir: string, run: RunRef) {
    this.dir = path.join(stateFolder(stateDir), 'runs', run.scenario, run.runId);
    privateFolder(this.dir);
  }

  record(event: Omit<JournalEvent, 'at'>): void {
    this.add('events.jsonl', { at: new Date().toISOString(), ...event });
  }

  /** In the order in which they happened. */
  events(): JournalEvent[] {
    return this.lines<JournalEvent>('events.jsonl');
  }

  /** One more line of JSON at the end of a file. */
  add(name: string, value: unknown): void {
    const file = this.file(name);
    privateFolder(path.dirname(file));
    appendLine(file, JSON.stringify(value));
  }

  /** The lines of such a file; one that a crash cut short is left out. */
  lines<T>(name: string): T[] {
    return this.read(name)
      .split('\n')
      .flatMap((line) => {
        try {
          return [JSON.parse(line) as T];
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
    privateFolder(path.dirname(file));
    replacePrivate(file, content);
    return file;
  }

  file(name: string): string {
    return path.join(this.dir, name);
  }
}
