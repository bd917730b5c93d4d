// Turns a result into plain data in a list, an empty one for undefined; V8 itself writes it as JSON, since the page may
// have put what it likes into JSON and the prototypes that everything inherits from. What JSON cannot say follows the
// contract (8.3): a date is its ISO string, NaN and the infinities are null, a map or a set is {}, a node says what it
// is, a BigInt or a circle is an error; the rest is as JSON.stringify has it. Half characters become U+FFFD.
(value) => {
  const { getPrototypeOf, getOwnPropertyDescriptor: own } = Object;
  const { toString } = Object.prototype;
  const { apply } = Reflect;
  const { isArray } = Array;
  const { toWellFormed } = String.prototype;
  const text = (s) => (toWellFormed ? apply(toWellFormed, s, []) : s);
  const attempt = (method, v) => {
    try {
      return { value: apply(method, v, []) };
    } catch {
      return undefined;
    }
  };
  // The getter that takes nodes only, whatever the page calls Node.
  let holder = getPrototypeOf(document);
  while (holder && !own(holder, "nodeType")) holder = getPrototypeOf(holder);
  const nodeType = holder && own(holder, "nodeType").get;
  const isWindow = (v) => {
    try {
      return "window" in v && v.window === v;
    } catch {
      return false;
    }
  };
  // Its own toJSON, or that of its class; not what the page has given to all objects, lists and texts.
  const toJSON = (v, list) => {
    for (let place = v; ; ) {
      if (own(place, "toJSON")) return typeof v.toJSON === "function" ? v.toJSON : undefined;
      place = list ? null : getPrototypeOf(place);
      if (place === null || getPrototypeOf(place) === null) return undefined;
    }
  };
  const boxes = {
    __proto__: null,
    "[object Number]": Number.prototype.valueOf,
    "[object String]": String.prototype.valueOf,
    "[object Boolean]": Boolean.prototype.valueOf,
    "[object BigInt]": BigInt.prototype.valueOf,
  };
  const { getTime, toISOString } = Date.prototype;
  // What a thing of a class stands for, in `value`; nothing when it is as good as its fields.
  const standing = (v) => {
    if (isWindow(v)) return { value: "ref: <Window>" };
    if ("nodeType" in v && attempt(nodeType, v)) return { value: "ref: <Node>" };
    const tag = apply(toString, v, []);
    if (tag !== "[object Date]") return boxes[tag] && attempt(boxes[tag], v);
    const time = attempt(getTime, v);
    return time && { value: time.value === time.value ? apply(toISOString, v, []) : null };
  };
  const plain = (v, key, up, depth, told) => {
    if (typeof v === "string") return text(v);
    if (typeof v === "number") return v - v === 0 ? v + 0 : null;
    if (typeof v === "boolean" || v === null) return v;
    if (typeof v === "bigint") throw new TypeError("Do not know how to serialize a BigInt");
    if (typeof v !== "object") return undefined;
    const list = isArray(v);
    const proto = getPrototypeOf(v);
    if (!list && (proto === null || getPrototypeOf(proto) !== null)) {
      const stands = standing(v);
      if (stands) return plain(stands.value, key, up, depth, true);
    }
    const method = told ? undefined : toJSON(v, list);
    if (method) return plain(apply(method, v, [key]), key, up, depth, true);
    for (let around = up; around; around = around.up) {
      if (around.v === v) throw new TypeError("Converting circular structure to JSON");
    }
    if (depth === 100) throw new RangeError("The result is nested deeper than 100 levels: return a part of it");
    const here = { v, up };
    if (list) {
      const out = [];
      for (let i = 0; i < v.length; i++) {
        const item = plain(v[i], `${i}`, here, depth + 1, false);
        out[i] = item === undefined ? null : item;
      }
      return out;
    }
    const fields = { __proto__: null, ...v };
    const out = { __proto__: null };
    for (const name in fields) {
      const item = plain(fields[name], name, here, depth + 1, false);
      if (item !== undefined) out[text(name)] = item;
    }
    return out;
  };
  const result = plain(value, "", null, 0, false);
  return result === undefined ? [] : [result];
}
