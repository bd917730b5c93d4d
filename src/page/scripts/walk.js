// One pass over the rendered tree of a document, giving a flat depth-first list for the Rust side to print.
// It decides what exists and what it is called; how it looks as text is not known here.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.snapshot) return;
  const { css, eye, roles, names, describe } = oc;
  const { ACTIVE, ARIA_HIDDEN, EDITABLE, INLINE, TARGET, UNSEEN, WANTS_REF } = describe.flags;

  // Levels of the page between a node and the parent it is listed under, counted from the root's own: the bits
  // of the third field from here on.
  const GAP = 1 << 20;

  // Deeper elements are left out and said to be: recursion must end before the engine's stack does.
  const DEEPEST = 512;

  const words = (text) => new Set(text.split(" "));
  const SILENT = words("script style noscript template head title meta link base datalist source track param col colgroup area");
  const PLAYERS = words("video audio");
  const LEAVES = words("input textarea img video audio canvas object embed iframe frame meter progress hr br");
  // Controls are called by the words in them, those for screen readers among them: they are no text of their own.
  const CALLED = words("button link menuitem menuitemcheckbox menuitemradio option tab checkbox radio switch DisclosureTriangle");
  // What draws them often is something else.
  const FIELDS = words("input select textarea option");
  // What Chromium's tree has even where it tells nothing.
  const PAGES = words("html body");
  const EVENTFUL = "text,a,foreignObject,[role],[tabindex],[onclick],[aria-label]";
  // Boxes that are no controls by themselves, and what may make them some or matters for those in them.
  const BOXES = words(
    "div span p li ul ol dl dt dd table thead tbody tfoot tr td th section article main nav header footer aside address " +
    "h1 h2 h3 h4 h5 h6 b i u s em strong small code pre kbd samp sub sup mark time blockquote figure figcaption center font");
  const MAKING = "[role],[tabindex],[onclick],[contenteditable],[aria-hidden],[aria-disabled],[inert]";

  let out, elements, exact, every, silent, deep, base, modals, modal, aboveModals, mapped;

  /** Lists what a person or a screen reader would find in this document.
      `mode` "ai", "role" or "lean", or "aria" for every node with a number of its own, `most` of them; `controls`
      leaves out what a person cannot operate, which is told by its levels alone; `numbered` gives a number to whatever
      has a box, in every mode; `selector` limits it to the first
      match, `within` to the element of that number; `clickable` is the answer of `listeners.js`. */
  oc.snapshot = ({ mode = "ai", most = Infinity, controls = false, numbered = false, selector, within, clickable } = {}) => {
    let root = mode === "aria" ? document.documentElement : document.body || document.documentElement;
    if (within) {
      root = oc.node(within);
      if (!root) return { fail: { why: "missing" } };
      if (root.nodeType !== 1) root = root.parentElement ?? document.documentElement;
    } else if (selector) {
      try {
        root = document.querySelector(selector);
      } catch (error) {
        return { fail: { why: "badSelector", message: error.message } };
      }
      if (!root) return { fail: { why: "missing" } };
    }
    try {
      begin(mode, controls, clickable, numbered);
      return list(root, selector || within, most, mode);
    } finally {
      end();
    }
  };

  /** Does ahead of the first list what takes its time there: the sheets are read, and our code is compiled by listing a
      control and what is in it, of which nothing is kept. */
  oc.prepare = () => {
    try {
      begin("lean", false, [], false);
      gather(document.querySelector("a[href],button,input,select"), true, "lean");
    } finally {
      end();
    }
  };

  function list(root, scoped, most, mode) {
    gather(root, scoped, mode);
    if (out.length > most) truncate(most);
    number(mode);
    const { URL: url, baseURI, title } = document;
    const result = { url, base: baseURI, title, next: oc.next, level: base, roles: describe.roles(), nodes: out };
    if (deep) result.deep = true;
    return result;
  }

  function gather(root, scoped, mode) {
    // The document is level 0 and `html` level 1; a scoped listing starts with its root.
    base = scoped || every ? 0 : 2;
    modals = oc.modals();
    const known = modals.length;
    wander(root, scoped, mode);
    // What is outside of one that was met on the way only has been taken for what can be acted on.
    if (modals.length > known) {
      out = [];
      elements = [];
      oc.met = [];
      deep = false;
      wander(root, scoped, mode);
    }
  }

  // Modal dialogs in shadow roots, which no selector reaches from the document: as far as walks have met them.
  const shadowed = new Set();

  /** The open modal dialogs: everything outside of them is inert. */
  oc.modals = () => {
    const open = [...document.querySelectorAll("dialog:modal")];
    for (const reference of shadowed) {
      const dialog = reference.deref();
      if (dialog?.isConnected && dialog.ownerDocument === document && dialog.matches(":modal")) open.push(dialog);
      else shadowed.delete(reference);
    }
    return open;
  };

  function meetModal(dialog) {
    if (modals.includes(dialog) || !dialog.matches(":modal")) return;
    modals.push(dialog);
    shadowed.add(new WeakRef(dialog));
  }

  function wander(root, scoped, mode) {
    modal = modals.length > 0;
    aboveModals = new Set();
    mapped = new Set();
    for (const dialog of modals) for (let e = css.parent(dialog); e; e = css.parent(e)) aboveModals.add(e);
    if (root) {
      const top = every && !scoped ? 1 : 0;
      if (top) push(describe.plain("RootWebArea", document.title), document);
      const place = { hidden: css.ariaHidden(root), pointer: false, disabled: false, refs: reached(root), unseen: unseenAbove(root) };
      if (css.rendered(root)) visit(root, top, base + top, place);
    }
  }

  // Whether nothing above an element makes it inert; a modal dialog is not, wherever it is.
  function reached(root) {
    for (let e = css.parent(root); e; e = css.parent(e)) {
      if (modal && e.localName === "dialog" && e.matches(":modal")) return true;
      if (e.hasAttribute("inert")) return false;
    }
    return !modal;
  }

  /** The same as text: building one string here is several times faster than letting the protocol copy objects.
      Before it, on a line of its own: the epoch that it belongs to, the next number that will be given, how many
      elements may have a closed root that nobody has asked about, how many say something in their internals, and of
      which tags nobody has told whether they do. */
  oc.snapshotText = (options) => {
    const epoch = oc.epoch();
    const listing = oc.snapshot(options);
    return `${epoch} ${oc.next} ${oc.suspects()} ${oc.speakers()} ${oc.unheard()}\n${oc.json(listing)}`;
  };

  function begin(mode, controls, clickable, numbered) {
    out = [];
    elements = [];
    silent = controls;
    every = mode === "aria";
    exact = every || mode === "role";
    deep = false;
    oc.met = [];
    css.begin();
    roles.begin(mode);
    names.begin(mode);
    describe.begin(mode, oc.focused(), clickable, numbered);
  }

  // Nothing of the page is held between walks: its elements must be free to go.
  function end() {
    out = elements = aboveModals = mapped = null;
    for (const part of [css, roles, names, describe]) part.end();
  }

  // Under this an element keeps what the last list has called it.
  const LISTED = (oc.LISTED = Symbol());

  /** The words of an element that is small enough to be called by them; null of any other. */
  oc.wordsOf = (element) => {
    if (element.childElementCount > 3) return null;
    for (const child of element.children) if (child.firstElementChild) return null;
    return element.textContent;
  };

  // In place of the number of what cannot be acted on: it is known by one, too, so that its place can be asked for. That
  // is written below zero.
  const PLACE = -1;

  // Numbers are given last, in the order of the list, and only to what stayed in it.
  function number(mode) {
    for (let i = 0; i < out.length; i++) {
      const node = out[i];
      if (every ? elements[i] : node.length > 2 && node[3] & WANTS_REF) {
        const element = elements[i];
        const number = oc.refOf(element);
        node[3] &= ~WANTS_REF;
        if (node[2] === PLACE) {
          node[2] = -number;
          continue;
        }
        node[2] = number;
        if (element.nodeType === 1) element[LISTED] = { mode, name: node[4], text: node[4] ? null : oc.wordsOf(element) };
      }
    }
  }

  // ---------------------------------------------------------------- text

  // `node` is the text itself; there is none where a style has made it.
  function text(depth, data, node = null, flags = 0) {
    if (silent) return;
    data = names.even(data);
    if (every) return void (data.trim() && plain(depth, "StaticText", data, node, flags));
    const last = out[out.length - 1];
    if (last && last.length === 2 && last[0] === depth) {
      if (!(data[0] === " " && last[1].endsWith(" "))) last[1] += data;
      else last[1] += data.slice(1);
    } else if (data !== " " && data !== "") push([depth, data], null);
  }

  function plain(depth, role, name, node, flags = 0) {
    const said = describe.plain(role, name);
    said[0] = depth;
    said[3] = flags;
    push(said, node);
  }

  // Words of which the eye sees nothing, though it sees what they are in, have a box of their own that says so.
  function written(depth, data, node, isUnseen) {
    if (!isUnseen || !data.trim()) return text(depth, data, node);
    if (every) return text(depth, data, node, UNSEEN);
    plain(depth, "generic", "", null, UNSEEN);
    text(depth + 1, data);
  }

  function push(node, element) {
    out.push(node);
    elements.push(element);
  }

  function truncate(length) {
    out.length = length;
    elements.length = length;
  }

  // ---------------------------------------------------------------- elements

  // Whether the eye sees what is in a node, whether a listed node around it has told that it does not, or whether that
  // goes without saying.
  const SEEN = 0, UNTOLD = 1, TOLD = 2;

  const unseenAbove = (root) => {
    for (let e = css.parent(root); e; e = css.parent(e)) if (eye.misses(e, css.style(e))) return UNTOLD;
    return SEEN;
  };

  // `place`: what holds for the children of a node: hidden by aria, pointer cursor, disabled, may have refs, unseen.
  // `level` is the depth in the page, `depth` the depth in the list.
  function visit(element, depth, level, place) {
    const tag = element.localName;
    if (tag === "dialog") meetModal(element);
    if (exact && !place.refs && tag !== "dialog" && !aboveModals.has(element)) return;
    if (silent && BOXES.has(tag) && box(element, tag, depth, level, place)) return;
    if (SILENT.has(tag)) return;
    const look = css.look(element);
    if (!look.shown) return;
    if (level > DEEPEST) {
      deep = true;
      return;
    }
    if (tag === "br") return text(depth, " ");
    if (tag.includes("-")) oc.meet(element);
    const attributed = element.hasAttributes();
    const ariaHidden = attributed && element.getAttribute("aria-hidden") === "true";
    if (every && ariaHidden) return;
    let inner = inside(element, tag, place, look, ariaHidden, attributed);
    // What is inert cannot be acted on, and Chromium's tree does not have it.
    if (exact && !inner.refs) return aboveModals.has(element) ? transparent(element, "none", depth, level, look, inner) : undefined;
    let role = tag === "slot" || (every && tag === "html") ? "none" : roles.of(element);
    // What something happens on is a target, however it calls itself.
    if (role === "none" && tag !== "slot" && describe.isTarget(element, tag, look, place, inner, attributed)) {
      role = tag === "img" || tag === "svg" ? "img" : "generic";
    }
    if (role === "none" && !every && inner.unseen === UNTOLD && look.display !== "contents" && !LEAVES.has(tag)) role = "generic";
    if (every && look.visible && !oc.plainBoxes.isTold(element, tag, role, look)) role = "none";
    // A box that is none is told when something happens on it.
    const isBoxless = role === "generic" && look.display === "contents";
    if (role === "none" || !look.visible || (isBoxless && (every || !describe.isTarget(element, tag, look, place, inner, attributed)))) {
      return transparent(element, role, depth, level, look, inner);
    }
    const at = out.length;
    if (silent && !describe.isOperable(element, tag, role, look, place, inner, attributed)) {
      children(element, tag, depth, level + 1, look, inner);
      if (out.length === at && HOSTS.test(tag)) suspect(element, tag);
      return;
    }
    const node = describe.element(element, tag, role, look, place, inner, attributed);
    node[0] = depth;
    node[3] += gap(level, depth);
    // Controls alone have no line above them that says it.
    if (inner.hidden && (silent || (ariaHidden && !place.hidden))) node[3] |= ARIA_HIDDEN;
    if (inner.unseen === UNTOLD) node[3] |= UNSEEN;
    if (!every && (inner.unseen === UNTOLD || (inner.unseen === SEEN && CALLED.has(role)))) inner = { ...inner, unseen: TOLD };
    push(node, element);
    const was = silent;
    // What has no name is called by the text in it.
    if (!node[4]) silent = false;
    // An editor that draws dots for its text keeps it.
    if (!(node[3] & EDITABLE) || !describe.secret(element)) children(element, tag, depth + 1, level + 1, look, inner);
    silent = was;
    if (out.length === at + 1 && HOSTS.test(tag)) suspect(element, tag);
    if (every) return;
    // Of nothing there is nothing to see.
    if (out.length === at + 1 && !node[4] && !(node[3] & TARGET) && role !== "iframe" && !describe.operates(role)) node[3] &= ~UNSEEN;
    if (role === "generic" && node[3] & INLINE && !describe.isSpelled(tag) && flatten(at, depth, node)) return;
    if (!exact && node[4]) unsay(at, node[4]);
    // Boxes are dear to ask for, so only what stays is asked.
    if (describe.wantsRef(element, tag, role, look, inner, node)) node[3] |= WANTS_REF;
    else if (role === "iframe") truncate(at);
    else if (describe.wantsPlace(element, look)) {
      node[2] = PLACE;
      node[3] |= WANTS_REF;
    }
  }

  // Where only controls are asked for, a box on which nothing happens is not told; if it holds nothing it need not be
  // shown either. Most of a page are such boxes, so as little as possible is asked of them.
  function box(element, tag, depth, level, place) {
    const style = css.style(element);
    const pointer = style.cursor === "pointer";
    if (pointer && !place.pointer) return false;
    if ((element.hasAttributes() && element.matches(MAKING)) || describe.listens(element)) return false;
    const at = out.length;
    const special = css.children(element);
    const first = element.firstElementChild;
    if (special || first) {
      const { display } = style;
      if (display === "none" || display === "") return true;
      if (level > DEEPEST) return (deep = true);
      const unseen = place.unseen || (eye.misses(element, style) ? UNTOLD : SEEN);
      const inner = pointer === place.pointer && unseen === place.unseen ? place : { ...place, pointer, unseen };
      if (special) children(element, tag, depth, level + 1, css.look(element), inner);
      else if (!css.skips(element)) for (let node = first; node; node = node.nextElementSibling) visit(node, depth, level + 1, inner);
    }
    if (out.length === at && HOSTS.test(tag)) suspect(element, tag);
    return true;
  }

  // A custom element, a player, or a box of some size without anything in it.
  const HOSTS = /-|^(video|audio|div|span|section|article|aside|header|footer|main|nav|p|h[1-6]|blockquote)$/;
  function suspect(element, tag) {
    if (PLAYERS.has(tag)) return element.controls && oc.suspect(element);
    if (oc.shadow(element) || (silent && says(element))) return;
    if (tag.includes("-") || (element.firstElementChild === null ? element.offsetHeight > 0 && element.offsetWidth > 0 : !css.look(element.firstElementChild).display)) oc.suspect(element);
  }

  const says = (element) => {
    for (let node = element.firstChild; node; node = node.nextSibling) if (node.nodeType === 3 && node.data.trim()) return true;
    return false;
  };

  // A single text that a name has said in full need not cross the wire again.
  function unsay(at, name) {
    if (out.length === at + 2 && out[at + 1].length === 2 && out[at + 1][1].trim() === name) truncate(at + 1);
  }

  const gap = (level, depth) => GAP * Math.min(level - base - depth, 1000);

  function inside(element, tag, place, look, ariaHidden, attributed) {
    if (modal && element.localName === "dialog" && element.matches(":modal")) place = { ...place, refs: true };
    const disabled = place.disabled || (attributed && element.getAttribute("aria-disabled") === "true");
    const hidden = place.hidden || ariaHidden;
    const pointer = look.pointer;
    const refs = place.refs && !(attributed && element.hasAttribute("inert"));
    const unseen = place.unseen || (!FIELDS.has(tag) && eye.misses(element, look.style) ? UNTOLD : SEEN);
    const same = hidden === place.hidden && pointer === place.pointer && disabled === place.disabled && refs === place.refs && unseen === place.unseen;
    return same ? place : { hidden, pointer, disabled, refs, unseen };
  }

  // The element itself is not listed, its content is.
  function transparent(element, role, depth, level, look, inner) {
    if (every && PAGES.has(element.localName)) {
      plain(depth, "none", "", element, inner.unseen ? UNSEEN : 0);
      depth++;
    }
    if (element.localName === "img") return areas(element, depth, level + 1, look, inner);
    if (element.localName === "input") return;
    const block = look.display !== "inline" && look.display !== "contents";
    if (block) text(depth, " ");
    children(element, element.localName, depth, level + 1, look, inner);
    if (block) text(depth, " ");
  }

  // An inline box that holds nothing but text is part of the sentence around it.
  function flatten(at, depth, node) {
    if (node[3] & (TARGET | ARIA_HIDDEN | ACTIVE | UNSEEN) || node[4]) return false;
    let data = "";
    for (let i = at + 1; i < out.length; i++) {
      if (out[i].length !== 2) return false;
      data += out[i][1];
    }
    truncate(at);
    if (data) text(depth, data);
    return true;
  }

  function children(element, tag, depth, level, look, inner) {
    if (tag === "img") return areas(element, depth, level, look, inner);
    if (LEAVES.has(tag) && !opens(element, tag)) return;
    if (tag === "select") return options(element, depth, level, inner);
    if (tag === "svg" && !element.querySelector(EVENTFUL)) return;
    const speaks = !silent && (inner.refs || !exact);
    if (speaks) made(depth, element, "::before", inner);
    if (tag === "details" && !element.open) {
      const summary = css.summaryOf(element);
      if (summary) visit(summary, depth, level, inner);
    } else if (!css.skips(element)) {
      const special = css.children(element);
      if (special) for (const node of special) child(node, depth, level, look, inner);
      else if (silent) for (let node = element.firstElementChild; node; node = node.nextElementSibling) visit(node, depth, level, inner);
      else for (let node = element.firstChild; node; node = node.nextSibling) child(node, depth, level, look, inner);
    }
    if (speaks) made(depth, element, "::after", inner);
  }

  // A player has controls, which are in a root of the browser's own; an object may show what stands for it.
  const opens = (element, tag) => (PLAYERS.has(tag) ? element.controls && oc.shadow(element) !== null : tag === "object" && css.fallsBack(element));

  // What can be clicked in an image has no box of its own: it is told with the first image that shows its map.
  function areas(image, depth, level, look, inner) {
    const map = look.visible && image.hasAttribute("usemap") ? oc.mapOf(image) : null;
    if (!map || mapped.has(map)) return;
    mapped.add(map);
    for (const area of map.querySelectorAll("area")) {
      const own = css.look(area);
      if (!describe.isOperable(area, "area", roles.of(area), own, inner, inner, true)) continue;
      const node = describe.element(area, "area", roles.of(area), own, inner, inner, true);
      node[0] = depth;
      node[3] += gap(level, depth);
      if (describe.isReached(image, look, inner)) node[3] |= WANTS_REF;
      push(node, area);
    }
  }

  function made(depth, element, which, inner) {
    const data = css.pseudo(element, which);
    if (data) written(depth, data, null, isUnread(inner, () => css.isUnread(element, which)));
  }

  function child(node, depth, level, look, inner) {
    const type = node.nodeType;
    if (type === 1) visit(node, depth, level, inner);
    else if (type === 3 && !silent && look.visible && (inner.refs || !exact)) {
      const holder = node.parentElement || node.parentNode.host;
      if (eye.isDotted(holder)) return;
      const data = exact ? css.transformed(node.data, holder) : node.data;
      written(depth, data, node, isUnread(inner, () => misread(holder, look)));
    }
  }

  // What is said of a box already is not said again of its words, but where each node says it of itself.
  const isUnread = (inner, asks) => (inner.unseen === SEEN ? asks() : every);

  const misread = (holder, look) => (look.misread ??= eye.misreads(holder, look.style));

  // A closed list has no boxes to ask about, an open one has.
  function options(select, depth, level, inner) {
    const closed = !(select.multiple || select.size > 1);
    for (const child of select.children) option(child, depth, level, inner, closed);
  }

  function option(element, depth, level, inner, closed) {
    const tag = element.localName;
    if (element.hasAttribute("hidden") || !(tag === "option" || tag === "optgroup" || element.children.length)) return;
    if (!closed && !css.look(element).shown) return;
    const listed = tag === "option" || (tag === "optgroup" && !silent);
    if (listed) {
      const node = describe.option(element, tag, inner, closed);
      node[0] = depth;
      if (every && inner.unseen) node[3] |= UNSEEN;
      node[3] += gap(level, depth);
      push(node, element);
    }
    if (tag !== "option") for (const child of element.children) option(child, listed ? depth + 1 : depth, level + 1, inner, closed);
  }
})();
