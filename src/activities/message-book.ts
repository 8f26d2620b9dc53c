import type { MessageSpec } from '../contract/message-spec.ts';
import { ownerOf } from '../contract/run.ts';
import type { Message, RunRef } from '../contract/run.ts';
import { textOf } from '../zerok/text.ts';
import type { RunFolder } from './journal.ts';

/** What the journal knows of a run's messages. Read once; what is recorded here is known here at once. */
export class MessageBook {
  readonly #run: RunRef;
  readonly #folder: RunFolder;
  /** Every message that any client began to push: what a pull may show. */
  readonly #begun = new Map<string, MessageSpec & { from: string }>();
  readonly #done = new Map<string, Message>();

  constructor(folder: RunFolder, run: RunRef) {
    this.#folder = folder;
    this.#run = run;
    this.reread();
  }

  /** What other activities have recorded since. */
  reread(): void {
    for (const { kind, data } of this.#folder.events()) {
      if (kind === 'push-begun')
        this.#begun.set(String(data?.['id']), data as unknown as MessageSpec & { from: string });
      if (kind === 'push') this.#done.set(String(data?.['id']), data as unknown as Message);
    }
  }

  textOf(spec: MessageSpec): string {
    return textOf(ownerOf(this.#run), spec);
  }

  /** Id by text, of everything that may be seen. */
  texts(): Map<string, string> {
    return new Map([...this.#begun.values()].map((spec) => [this.textOf(spec), spec.id]));
  }

  begin(spec: MessageSpec, from: string, machine: string): void {
    this.#begun.set(spec.id, { ...spec, from });
    const data = { ...spec, from };
    this.#folder.record({ kind: 'push-begun', machine, summary: `${from} pushes ${spec.id}`, data });
  }

  end(message: Message, machine: string, more: { ms: number; fanOut: number | null }): void {
    this.#done.set(message.id, message);
    const { ms, fanOut } = more;
    const summary = `${message.from} pushed ${message.id}: ${message.outcome}`;
    this.#folder.record({ kind: 'push', machine, summary, ms, data: { ...message, fanOut } });
  }

  /** What an earlier attempt knows of a message: its outcome, or that it was under way when the worker died. */
  earlier(id: string): Message | undefined {
    const done = this.#done.get(id);
    if (done) return done;
    const begun = this.#begun.get(id);
    return begun && this.underWay(begun, begun.from);
  }

  /** A message of which nobody knows what became of it: the worker died, or stood still. */
  underWay(spec: MessageSpec, from: string): Message {
    return {
      ...{ ...spec, from, outcome: 'indeterminate', mayBeStored: true, blobId: null, seconds: 0 },
      ...{ evidence: 'the worker died, or stood still, during this push', retriedAs: `${spec.id}-again` },
    };
  }
}
