// Turns a result into JSON text; undefined stays undefined. What JSON cannot say follows the contract (8.3):
// a date is its ISO string, NaN and the infinities are null, a map or a set is {}, a node says what it is.
(value) => {
  if (value === undefined || typeof value === "function" || typeof value === "symbol") return undefined;
  const plain = (v) => {
    if (v instanceof Node) return "ref: <Node>";
    if (v === window) return "ref: <Window>";
    return v;
  };
  return JSON.stringify(plain(value), (key, v) => (typeof v === "object" && v !== null ? plain(v) : v));
}
