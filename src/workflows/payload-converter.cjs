/**
 * Anybody may start a workflow with bytes that are no JSON, or in an encoding that nobody knows. The SDK's own converter throws on
 * them before the workflow begins, and the run hangs in its first task for ever. This one gives the workflow something that says so
 * when it is looked at: `refuseOddInput` does; whatever else is done with it throws. CommonJS, as the bundle of the workflows holds it.
 */
const { defaultPayloadConverter } = require('@temporalio/common');

const UNREADABLE = Symbol.for('0k-chaos.unreadable');

const unreadable = (why) =>
  new Proxy(
    {},
    {
      get(_, key) {
        if (key === UNREADABLE) return why;
        throw new Error(why);
      },
    },
  );

exports.payloadConverter = {
  toPayload: (value) => defaultPayloadConverter.toPayload(value),
  fromPayload(payload) {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch (error) {
      return unreadable(String(error?.message ?? error).slice(0, 200));
    }
  },
};
