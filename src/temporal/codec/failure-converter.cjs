/**
 * Moves messages and stacks of failures into payloads, which the codec encrypts. CommonJS, as the SDK `require`s it, and the
 * bundle of the workflows holds it too.
 */
const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
