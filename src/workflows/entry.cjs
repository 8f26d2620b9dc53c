/**
 * What the SDK looks workflow types up in, by their names. In a bundle a module is a plain object, of which `hasOwnProperty` would be
 * a type: its workflow would hang in its first task for ever. CommonJS, as no module of the language says what it inherits.
 */
module.exports = { __proto__: null, ...require('./index.ts') };
