// The ref table of one document: which element bears which number, and back.
// It lives in an isolated world, so the page sees nothing of it; it knows nothing of snapshots or input.
(() => {
  if (globalThis.__openclaw) return;
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

  /** The element that bears a number, or null when it is gone, detached or moved to another document. */
  oc.node = (n) => {
    const element = elements.get(n)?.deref();
    return element && element.isConnected && element.ownerDocument === document ? element : null;
  };

  /** The shadow root of an element as far as we can see it. */
  oc.shadow = (element) => element.shadowRoot;

  // Numbers of collected elements are dropped whenever the table has doubled, so that a page which
  // renders for days does not grow it without end.
  function sweep() {
    for (const [n, weak] of elements) if (weak.deref() === undefined) elements.delete(n);
    sweepAt = Math.max(4096, elements.size * 2);
  }
})();
