/* A loader of webpack: the source with one text in place of another. */
module.exports = function mutated(source) {
  const { replace, by } = this.getOptions();
  if (!source.includes(replace)) throw new Error(`nothing to mutate in ${this.resourcePath}`);
  return source.split(replace).join(by);
};
