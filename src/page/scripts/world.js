// The ref table of one document: which element bears which number, and back.
// It lives in an isolated world, so the page sees nothing of it; it knows nothing of snapshots or input.
(() => {
  // An element with this id would be found, too, as long as the window has nothing of its own that is called so.
  if (Object.hasOwn(globalThis, "__openclaw")) return;
  const oc = {};
  Object.defineProperty(globalThis, "__openclaw", { value: oc });

  const numbers = new WeakMap();
  const elements = new Map();
  let sweepAt = 4096;

  /** First number to give; the Rust side goes on counting over all documents of a tab. */
  oc.next = 1;

  /** Sets the first number when the document is first seen; later calls may only raise it. */
  oc.begin = (base) => {
    if (base > oc.next) oc.next = base;
    return oc.next;
  };

  /** The number of an element: given at first sight, the same as long as the node lives, never reused. */
  oc.refOf = (element) => {
    let n = numbers.get(element);
    if (n !== undefined) return n;
    n = oc.next++;
    numbers.set(element, n);
    elements.set(n, new WeakRef(element));
    if (elements.size > sweepAt) sweep();
    return n;
  };

  /** The number of an element, if it has one. */
  oc.numberOf = (element) => numbers.get(element);

  /** What bears a number: an element, or a text or the document where all is numbered; null when it is gone,
      detached or moved to another document. */
  oc.node = (n) => {
    const node = elements.get(n)?.deref();
    return node && node.isConnected && (node === document || node.ownerDocument === document) ? node : null;
  };

  // JSON.stringify writes half of a character as an escape that is no text anywhere else.
  const HALF = /\\(ud[89a-f][0-9a-f]{2}|[^])/g;

  /** A value as JSON text that everybody can read. */
  oc.json = (value) => {
    const text = JSON.stringify(value);
    return /\\ud[89a-f]/.test(text) ? text.replace(HALF, (all, escape) => (escape.length > 1 ? "\ufffd" : all)) : text;
  };

  // Closed roots that the browser has handed over, and what it was asked about.
  const closed = new WeakMap();
  const examined = new WeakSet();
  const hosts = [];

  /** The shadow root of an element as far as we can see it. */
  oc.shadow = (element) => element.shadowRoot || closed.get(element) || null;

  /** Most elements that are asked about after one walk. */
  const MOST_HOSTS = 64;

  /** Something is drawn there that is not among the children: a closed root perhaps, once to be asked about. */
  oc.suspect = (element) => {
    if (hosts.length < MOST_HOSTS && !examined.has(element)) hosts.push(element);
  };

  /** How many are to be asked about. */
  oc.suspects = () => hosts.length;

  /** One of those to be asked about; it is not asked about again. */
  oc.takeSuspect = () => {
    const host = hosts.pop();
    if (host) examined.add(host);
    return host;
  };

  /** A closed root is seen from now on. */
  oc.reveal = (root) => void closed.set(root.host, root);

  /** Custom elements that may say something in their internals, which only the browser sees: whether those of a tag do,
      those that a walk has met, and what each has said. `internals.js` takes them. */
  Object.assign(oc, { tongues: new Map(), met: [], sayings: null });

  /** Most elements that the browser is asked about for one walk. */
  const MOST_MET = 200;

  /** A custom element is met in a walk. */
  oc.meet = (element) => {
    if (oc.met.length < MOST_MET && oc.tongues.get(element.localName) !== false) oc.met.push(element);
  };

  /** How many of those met are known to say something. */
  oc.speakers = () => oc.met.filter((element) => oc.tongues.get(element.localName)).length;

  /** The tags among them of which nobody has told whether their elements say anything. */
  oc.unheard = () => [...new Set(oc.met.map((element) => element.localName))].filter((tag) => !oc.tongues.has(tag));

  /** What an element says in its internals: `{role, label, flags, level, value}`; null for most. */
  oc.saidBy = (element) => oc.sayings?.get(element) ?? null;

  /** Shows a visitor every element of this document that bears a number. */
  oc.each = (visit) => {
    for (const [n, weak] of elements) {
      const element = weak.deref();
      if (element && element.nodeType === 1 && element.isConnected && element.ownerDocument === document) visit(element, n);
    }
  };

  // Numbers of collected elements are dropped whenever the table has doubled, so that a page which
  // renders for days does not grow it without end.
  function sweep() {
    for (const [n, weak] of elements) if (weak.deref() === undefined) elements.delete(n);
    sweepAt = Math.max(4096, elements.size * 2);
  }
})();
