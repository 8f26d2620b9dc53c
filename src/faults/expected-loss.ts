import type { NetemShape } from '../contract/fault-spec.ts';

/** The part of packets that is lost in the long run, in percent; undefined where no loss is asked for. */
export function expectedLossPercent({ lossPercent, lossBursts, lossState }: NetemShape): number | undefined {
  if (lossBursts !== undefined) {
    const {
      enterPercent: enter,
      leavePercent: leave,
      badLossPercent: bad = 100,
      goodLossPercent: good = 0,
    } = lossBursts;
    return (enter * bad + leave * good) / (enter + leave);
  }
  return lossState === undefined ? lossPercent : lossOfStates(lossState);
}

/** The stationary share of the two states that lose: in a burst, and alone. */
function lossOfStates(chain: NonNullable<NetemShape['lossState']>): number {
  const {
    enterPercent: enter,
    recoverPercent: recover = 0,
    relapsePercent: relapse = 100,
    alonePercent: alone = 0,
  } = chain;
  const { leavePercent: leave = 100 - enter } = chain;
  // Shares of each state for one part of `received`; a packet that is lost alone is followed by a received one.
  const inBurst = leave === 0 ? Number.POSITIVE_INFINITY : enter / leave;
  if (!Number.isFinite(inBurst)) return 100;
  const withinBurst = recover === 0 ? 0 : (inBurst * recover) / relapse;
  const apart = alone / 100;
  return (100 * (inBurst + apart)) / (1 + inBurst + withinBurst + apart);
}
