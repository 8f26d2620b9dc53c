import type { Finding } from '../contract/run.ts';
import { acknowledged, namesOf, type Books } from './account.ts';
import { matchPulled } from './match-pulled.ts';
import type { PullResult } from './pull-output.ts';

/** It names every relay that it has tried. */
const stayed = ({ kind, error }: PullResult): boolean =>
  kind === 'refused' || (kind === 'unreachable' && (error?.relays ?? []).length < 2);

/**
 * What plain pulls showed a client against what the relay that it asks has: with its own pushes it should be everything, and
 * nothing again (after a failover another relay shows all that it has). `atFirst` is what that relay gives it from cursor 0.
 */
export function judgePlainPulls(
  books: Books,
  client: string,
  pulls: {
    pages: readonly PullResult[];
    /** No pull was cut off: else what was never seen may have been shown. */
    whole: boolean;
    again: PullResult | undefined;
    failedOver: PullResult | undefined;
  },
  atFirst: readonly PullResult[],
): Finding[] {
  const there = new Set(matchPulled(atFirst, books.texts.keys()).found.map(({ text }) => books.texts.get(text) ?? ''));
  const { found } = matchPulled(pulls.pages, books.texts.keys());
  const own = books.messages.filter(({ from }) => from === client).map(({ id }) => id);
  const seen = new Set([...own, ...found.map(({ text }) => books.texts.get(text) ?? '')]);
  const missed = acknowledged(books).filter(({ id }) => there.has(id) && !seen.has(id));
  const findings: Finding[] = [];
  if (missed.length > 0 && pulls.whole) {
    const message = `plain pulls of ${client} never show ${namesOf(missed)}, which \`--after-cursor 0\` does`;
    findings.push({ id: 'plain-pull-misses', message, count: missed.length });
  }
  const shownAgain = books.brokenRelays.length > 0 ? [] : found.filter(({ copies }) => copies > 1);
  if (shownAgain.length > 0) {
    const [first] = shownAgain;
    const message = `plain pulls of ${client} show ${books.texts.get(first?.text ?? '')} ${first?.copies} times`;
    findings.push({ id: 'plain-pull-repeats', message, count: shownAgain.length });
  } else if (pulls.again?.kind === 'rows') {
    const message = `a plain pull of ${client}, right after one that took everything, shows ${pulls.again.count} row(s) again`;
    findings.push({ id: 'plain-pull-repeats', message, count: pulls.again.count });
  }
  if (there.size > 0 && pulls.failedOver !== undefined && stayed(pulls.failedOver)) {
    const { reason = pulls.failedOver.kind } = pulls.failedOver;
    const message = `a plain pull of ${client} whose first relay is gone does not turn to another one, which has ${there.size} message(s): ${reason}`;
    findings.push({ id: 'pull-stays', message, count: 1 });
  }
  if (there.size > 0 && pulls.failedOver?.kind === 'none') {
    const message = `a plain pull of ${client} that turns to another relay says \`No new data.\`, though that relay has ${there.size} message(s) it never showed: it is asked with the cursor of the relay that is gone`;
    findings.push({ id: 'failover-cursor', message, count: 1 });
  }
  return findings;
}
