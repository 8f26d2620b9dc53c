import { Context } from '@temporalio/activity';

const BEAT_MS = 1000;

/** Beats while `act` runs, the first time at once, and hands it the signal that a cancel raises. */
export async function beating<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat();
  const timer = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    return await act(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
