// What a file input holds that was given files, and which of them it does not ask for by its `accept`. A function of the
// input; it needs nothing else of ours.
function () {
  const asks = this.accept.split(",").map((word) => word.trim().toLowerCase()).filter((word) => word);
  const fits = ({ name, type }) => asks.some((word) =>
    word.startsWith(".") ? name.toLowerCase().endsWith(word)
    : word.endsWith("/*") ? word === "*/*" || type.startsWith(word.slice(0, -1))
    : word === "*" || type === word);
  const files = [...this.files];
  return {
    any: files.length > 0,
    accept: this.accept,
    misfits: asks.length > 0 ? files.filter((file) => !fits(file)).map((file) => file.name) : [],
  };
}
