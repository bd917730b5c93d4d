// Finds, judges and describes elements for the scripts beside it.
// It changes nothing in the page, and knows neither points nor events nor fields' values.
// Needs world.js (oc.node(n), oc.refOf(element)) and areas.js.
(() => {
  const oc = (globalThis.__openclaw ??= {});
  const LONGEST_DESCRIPTION = 120;
  const TEXT_TYPES = ["text", "search", "email", "url", "tel", "password", "number"];
  const SET_TYPES = ["date", "time", "month", "week", "datetime-local", "color", "range"];

  oc.fail = (why, culprit = {}) => ({ fail: { why, ...culprit } });

  // The document and every open shadow root below it.
  oc.roots = function* (root = document) {
    yield root;
    for (const element of root.querySelectorAll("*")) {
      if (oc.shadow(element)) yield* oc.roots(oc.shadow(element));
    }
  };

  // Elements that match a CSS selector, in each root by itself. Throws the engine's SyntaxError.
  oc.query = (selector) => {
    const found = [...document.querySelectorAll(selector)];
    for (const root of oc.roots()) {
      if (root !== document) found.push(...root.querySelectorAll(selector));
    }
    return found;
  };

  // {n} or {selector} -> {element} or a failure.
  oc.find = (spec) => {
    if (spec.n !== undefined) {
      const element = oc.node(spec.n);
      if (!element?.isConnected) return oc.fail("gone");
      // A text has no box of its own to act on, and the middle of its element may be another thing.
      if (element.nodeType !== 1) return oc.fail("notElement", { count: oc.refOf(element.parentElement ?? document.documentElement) });
      return { element };
    }
    let found;
    try {
      found = oc.query(spec.selector);
    } catch (error) {
      return oc.fail("badSelector", { message: String(error.message) });
    }
    if (found.length === 0) return oc.fail("missing");
    if (found.length > 1) return oc.fail("many", { count: found.length });
    return { element: found[0] };
  };

  // The parent as it is rendered: through slots and out of shadow roots; that of an area is its image.
  oc.parent = (element) =>
    (element.localName === "area" ? oc.imagesOf(element)[0] : null) ?? element.assignedSlot ?? element.parentElement ?? element.getRootNode().host ?? null;

  /** Scrolls to an element; to an area by its image and, if that is a large one, what is left of the way. */
  oc.bring = (element, block, inline = "nearest") => {
    const isArea = element.localName === "area";
    (isArea ? oc.parent(element) : element).scrollIntoView({ block, inline, behavior: "instant" });
    const [box] = isArea ? oc.boxes(element) : [];
    if (!box) return;
    const [left, top] = [box.x + box.width / 2, box.y + box.height / 2];
    if (left < 0 || top < 0 || left > innerWidth || top > innerHeight) {
      scrollBy({ left: left - innerWidth / 2, top: top - innerHeight / 2, behavior: "instant" });
    }
  };

  oc.ancestry = function* (element) {
    for (let at = element; at; at = oc.parent(at)) yield at;
  };

  oc.isWithin = (element, ancestor) => {
    for (const at of oc.ancestry(element)) if (at === ancestor) return true;
    return false;
  };

  // Client rectangles that have an area: own boxes, else those of the content (display: contents, zero-size links).
  oc.boxes = (element) => {
    const hasArea = (box) => box.width > 0 && box.height > 0;
    if (element.localName === "area") return oc.areaBoxes(element);
    const own = [...element.getClientRects()].filter(hasArea);
    if (own.length > 0) return own;
    // A box without a size that clips its content shows none of it.
    const { display, overflowX } = getComputedStyle(element);
    if (overflowX !== "visible" && !["inline", "contents"].includes(display)) return [];
    if (element.localName === "slot") return element.assignedElements({ flatten: true }).flatMap(oc.boxes);
    const content = document.createRange();
    content.selectNodeContents(oc.shadow(element) ?? element);
    return [...content.getClientRects()].filter(hasArea);
  };

  // Rendered, not visibility: hidden, and with an area. Opacity does not count: what is transparent still takes clicks.
  oc.isVisible = (element) => {
    // checkVisibility() calls an element without a box of its own invisible, though its children may be rendered.
    let boxed = element;
    while (boxed && getComputedStyle(boxed).display === "contents") boxed = oc.parent(boxed);
    const shown = boxed?.checkVisibility({ visibilityProperty: boxed === element }) || element.localName === "area";
    if (!shown || getComputedStyle(element).visibility !== "visible") return false;
    return oc.boxes(element).length > 0;
  };

  oc.isDisabled = (element) => oc.disabledBy(element) !== null;

  // What disables an element: null, {} for itself, or {by}: the fieldset, list or ancestor that does.
  oc.disabledBy = (element) => {
    const own = oc.controlOf(element);
    const control = own.closest("button, input, select, textarea, option") ?? element;
    const isPart = ["button", "select", "option"].includes(control.localName);
    const by = (at) => (at === element || !at ? {} : { by: oc.tagOf(at) });
    const list = control.localName === "option" && control.closest("select:disabled");
    if (list) return by(list);
    if ((control === own || isPart) && control.matches(":disabled")) {
      return by(control.hasAttribute("disabled") ? control : control.closest("fieldset:disabled, optgroup:disabled") ?? control);
    }
    for (const at of oc.ancestry(element)) {
      const stated = at.getAttribute("aria-disabled");
      if (stated !== null) return stated === "true" ? by(at) : null;
    }
    return null;
  };

  // Why an element has nothing to click on: {by?, how}: it, or the ancestor named, is hidden in this way.
  oc.hiddenBy = (element) => {
    const told = (at, how) => (at === element ? { how } : { by: oc.tagOf(at), how });
    const closed = element.closest("details:not([open])");
    if (closed && !closed.querySelector(":scope > summary")?.contains(element)) return told(closed, "is closed");
    const { visibility } = getComputedStyle(element);
    for (const at of [...oc.ancestry(element)].reverse()) {
      const style = getComputedStyle(at);
      if (style.display === "none") return told(at, "has display: none");
      if (visibility !== "visible" && style.visibility === visibility) return told(at, `has visibility: ${visibility}`);
      if (at !== element && style.contentVisibility === "hidden") return told(at, "has content-visibility: hidden");
    }
    return { how: "it has no size" };
  };

  // What makes an element inert: the ancestor that says so, or the modal dialog that it is not part of.
  oc.inertBy = (element) => {
    const line = [...oc.ancestry(element)];
    const stated = line.find((at) => at.hasAttribute("inert"));
    if (stated) return stated;
    const modals = oc.modals();
    if (modals.length === 0 || line.some((at) => modals.includes(at) || at.matches(":popover-open"))) return null;
    return modals.at(-1);
  };

  // A label stands for the control that it activates.
  oc.controlOf = (element) => (element.localName === "label" && element.control ? element.control : element);

  // What draws a checkbox or radio button that has no size of its own: its neighbour, or what is around both, when that holds no
  // other control. Null when it is drawn by itself, by a label, or not at all.
  oc.standInOf = (element) => {
    if (!["checkbox", "radio"].includes(oc.kindOf(element)) || oc.boxes(element).length > 0) return null;
    if (!element.checkVisibility({ visibilityProperty: true }) || [...element.labels].some(oc.isVisible)) return null;
    const around = element.parentElement;
    if (!around || oc.hasOtherControl(around, element)) return null;
    const beside = [...around.children];
    const at = beside.indexOf(element);
    return [...beside.slice(at + 1), ...beside.slice(0, at), around].find(oc.isVisible) ?? null;
  };

  // The kind of control, in words that decide how it is acted on.
  oc.kindOf = (element) => {
    const name = element.localName;
    if (name === "input") {
      const type = element.type;
      if (TEXT_TYPES.includes(type)) return "text";
      if (SET_TYPES.includes(type)) return "set";
      return ["checkbox", "radio", "file", "hidden"].includes(type) ? type : "button";
    }
    if (name === "textarea") return "text";
    if (["select", "option", "button", "iframe", "frame", "label"].includes(name)) return name;
    if (element.isContentEditable || element.editContext) return "editable";
    return name === "a" || name === "area" ? "link" : "other";
  };

  // The text of an element without what is drawn as dots.
  oc.readable = (element) => {
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    let text = "";
    while (text.length < LONGEST_DESCRIPTION && texts.nextNode()) {
      const holder = texts.currentNode.parentElement;
      if (!holder || !oc.describe.secret(holder)) text += texts.currentNode.data;
    }
    return text;
  };

  // <tag id="..." class="...">text</tag>, on one line, without values.
  oc.tagOf = (element) => {
    const clip = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
    const plain = (text) => text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").replaceAll('"', "'").trim();
    const attributes = ["id", "class", "role", "name", "type", "aria-label"]
      .filter((name) => element.getAttribute(name))
      .map((name) => ` ${name}="${clip(plain(element.getAttribute(name)), 40)}"`);
    const opening = `<${element.localName}${attributes.join("")}>`;
    const isField = ["input", "textarea", "select"].includes(element.localName);
    const text = element.childElementCount > 3 || isField ? "" : clip(plain(oc.readable(element)), 30);
    return clip(text ? `${opening}${text}</${element.localName}>` : opening, LONGEST_DESCRIPTION);
  };
})();
