// What databases hold (structured clones) as data that JSON takes, and back. Every object is written once, in the order in
// which it is met, so that what is the same object stays the same one, and circles close.
(() => {
  const BYTES = 0x8000;
  const VIEWS = [
    Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array,
    BigInt64Array, BigUint64Array, DataView,
  ];
  const ERRORS = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

  /** What cannot be carried. */
  class Unpackable extends Error {}

  const toText = (buffer) => {
    const bytes = new Uint8Array(buffer);
    let binary = '';
    for (let at = 0; at < bytes.length; at += BYTES) binary += String.fromCharCode(...bytes.subarray(at, at + BYTES));
    return btoa(binary);
  };
  const toBuffer = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer;

  /** A value as data: itself where JSON has it, else `[kind, ...]`. */
  const pack = (value, seen = new Map()) => {
    const inner = (value) => pack(value, seen);
    switch (typeof value) {
      case 'string': case 'boolean': return value;
      case 'number': return Number.isFinite(value) && !Object.is(value, -0) ? value : ['number', Object.is(value, -0) ? '-0' : `${value}`];
      case 'bigint': return ['bigint', `${value}`];
      case 'undefined': return ['undefined'];
    }
    if (value === null) return null;
    if (seen.has(value)) return ['same', seen.get(value)];
    seen.set(value, seen.size);
    const pairs = () => Object.keys(value).flatMap((key) => [key, inner(value[key])]);
    if (Array.isArray(value)) return ['array', value.length, pairs()];
    if (value instanceof Date) return ['date', inner(value.getTime())];
    if (value instanceof RegExp) return ['regexp', value.source, value.flags];
    if (value instanceof Map) return ['map', [...value].flat().map(inner)];
    if (value instanceof Set) return ['set', [...value].map(inner)];
    if (value instanceof ArrayBuffer) return ['buffer', toText(value)];
    const view = VIEWS.findIndex((View) => value instanceof View);
    if (view >= 0) return ['view', view, inner(value.buffer), value.byteOffset, value.length ?? value.byteLength];
    if (value instanceof Error && !(value instanceof DOMException)) {
      const kind = Math.max(0, ERRORS.findLastIndex((Kind) => value instanceof Kind));
      return ['error', kind, value.message, inner(value.stack), 'cause' in value ? [inner(value.cause)] : []];
    }
    if ([Boolean, Number, String, BigInt].some((Kind) => value instanceof Kind)) return ['object', inner(value.valueOf())];
    if (Object.getPrototypeOf(value) === Object.prototype) return ['plain', pairs()];
    throw new Unpackable(`a ${value.constructor.name}`);
  };

  /** The value again. */
  const unpack = (data, seen = []) => {
    if (!Array.isArray(data)) return data;
    const inner = (data) => unpack(data, seen);
    const [kind, ...parts] = data;
    const met = (value) => (seen.push(value), value);
    const filled = (target, pairs) => {
      for (let at = 0; at < pairs.length; at += 2) {
        // Not an assignment: a key may be `__proto__`.
        const property = {value: inner(pairs[at + 1]), writable: true, enumerable: true, configurable: true};
        Object.defineProperty(target, pairs[at], property);
      }
      return target;
    };
    /** Keeps the place of what is made of what is met after it. */
    const later = (make) => {
      const place = seen.push(undefined) - 1;
      return seen[place] = make();
    };
    switch (kind) {
      case 'number': return Number(parts[0]);
      case 'bigint': return BigInt(parts[0]);
      case 'undefined': return undefined;
      case 'same': return seen[parts[0]];
      case 'array': return filled(met(new Array(parts[0])), parts[1]);
      case 'plain': return filled(met({}), parts[0]);
      case 'date': return met(new Date(inner(parts[0])));
      case 'regexp': return met(new RegExp(parts[0], parts[1]));
      case 'map': {
        const map = met(new Map());
        for (let at = 0; at < parts[0].length; at += 2) map.set(inner(parts[0][at]), inner(parts[0][at + 1]));
        return map;
      }
      case 'set': {
        const set = met(new Set());
        for (const member of parts[0]) set.add(inner(member));
        return set;
      }
      case 'buffer': return met(toBuffer(parts[0]));
      case 'view': return later(() => new VIEWS[parts[0]](inner(parts[1]), parts[2], parts[3]));
      case 'error': {
        const error = met(new ERRORS[parts[0]](parts[1]));
        const hidden = {writable: true, configurable: true};
        Object.defineProperty(error, 'stack', {...hidden, value: inner(parts[2])});
        for (const cause of parts[3]) Object.defineProperty(error, 'cause', {...hidden, value: inner(cause)});
        return error;
      }
      case 'object': return later(() => Object(inner(parts[0])));
    }
  };
  return {Unpackable, pack: (value) => pack(value), unpack: (data) => unpack(data)};
})()
