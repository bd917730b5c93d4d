// A function for the page's own world, evaluated with the inspector's command line API (isolated worlds do not
// see the page's listeners): which elements of the document have a listener for a click. It writes nothing; the walk
// takes its answer as `clickable`, and ignores it when the document has changed in between. Null for more elements than `most`;
// "hidden" where the page has a function of its own in the place of the inspector's.
// Frameworks that listen at a root keep the handlers of an element with it, and are asked there: React's properties,
// jQuery's delegated selectors, Solid's and Svelte's handlers. Who asks for an event's target himself is not found.
(most) => {
  // Names of forms and pictures stand before the properties of their document, those of fields before their form's.
  const own = (node, name) => Reflect.get(Object.getPrototypeOf(node), name, node);
  const select = (root, selector) => own(root, "querySelectorAll").call(root, selector);
  if (own(document, "all").length > most) return null;
  // What the page calls so stands before the inspector's own.
  const isOurs = typeof getEventListeners === "function" && Function.prototype.toString.call(getEventListeners).endsWith("{ [native code] }");
  if (!isOurs) return "hidden";
  // What is a control by itself needs no listener to be told; the whole document is no target.
  const selector = ":not(a[href],button,input,select,textarea,option,script,style,link,meta,head,title,html,body)";
  const TYPES = ["click", "mousedown", "pointerdown", "mouseup", "dblclick"];
  const PROPS = ["onClick", "onMouseDown", "onPointerDown", "onMouseUp", "onDoubleClick"];
  const DELEGATED = TYPES.flatMap((type) => [`$$${type}`, `__${type}`]);
  const all = select(document, selector);
  const found = new Set();
  const { checkVisibility } = Element.prototype;
  const parentOf = Object.getOwnPropertyDescriptor(Node.prototype, "parentNode").get;
  // Asking for listeners takes twenty times as long as this, and what has no box is not clicked.
  const hidden = new Set();
  const isHidden = (element) =>
    hidden.has(parentOf.call(element)) ||
    !(checkVisibility.call(element) || getComputedStyle(element).display === "contents" || element instanceof HTMLAreaElement);
  for (const element of all) {
    if (isHidden(element)) {
      hidden.add(element);
      continue;
    }
    const listeners = getEventListeners(element);
    if (TYPES.some((type) => listeners[type]) || DELEGATED.some((key) => element[key])) found.add(element);
  }

  const keyOf = (element, prefix) => Object.keys(element).find((key) => key.startsWith(prefix));
  const roots = [document, own(document, "documentElement"), own(document, "body"), ...found].filter(Boolean);
  for (const root of roots) {
    const react = keyOf(root, "__reactContainer$");
    if (react) {
      const key = react.replace("Container", "Props");
      // It listens to everything, for all that is in it.
      found.delete(root);
      for (const element of select(root, "*")) if (PROPS.some((name) => element[key]?.[name])) found.add(element);
    }
    const jquery = keyOf(root, "jQuery");
    const events = jquery && (root[jquery]?.events ?? globalThis.jQuery?.cache?.[root[jquery]]?.events);
    if (events) delegate(root, TYPES.flatMap((type) => events[type] ?? []));
  }

  function delegate(root, handlers) {
    const selectors = new Set([...handlers].map((handler) => handler?.selector).filter(Boolean));
    for (const selector of selectors) {
      try {
        for (const element of select(root, selector)) found.add(element);
      } catch {
        // A selector of jQuery's own.
      }
    }
    if (selectors.size > 0 && selectors.size === handlers.length) found.delete(root);
  }

  // Svelte's handlers lie under a symbol, which its first element shows.
  if (globalThis.__svelte) {
    let events;
    for (const element of all) {
      events ??= Object.getOwnPropertySymbols(element).find((symbol) => symbol.description === "events");
      if (events && TYPES.some((type) => element[events]?.[type])) found.add(element);
    }
  }

  const positions = [];
  all.forEach((element, position) => found.has(element) && positions.push(position));
  return [selector, all.length, ...positions];
}
