// One pass over the rendered tree of a document, giving a flat depth-first list for the Rust side to print.
// It decides what exists and what it is called; how it looks as text is not known here.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.snapshot) return;
  const { css, roles, names } = oc;

  // The bits of a node's third field; `tree.rs` has the same list.
  const ACTIVE = 1, CHECKED = 2, MIXED = 4, DISABLED = 8, EXPANDED = 16, PRESSED = 32, SELECTED = 64, INVALID = 128,
    ARIA_HIDDEN = 256, POINTER = 512, OWN_POINTER = 1024, ONCLICK = 2048, TABINDEX = 4096, EDITABLE = 8192,
    HIDDEN_RADIO = 16384, HIDDEN_CHECKBOX = 32768, KEPT = 65536, INLINE = 131072, WANTS_REF = 262144;
  // Levels of the page between a node and the parent it is listed under, counted from the root's own.
  const GAP = 1 << 20;
  // A generic with one of these is a target of its own: it is never folded into its surroundings.
  const TARGET = OWN_POINTER | ONCLICK | TABINDEX | EDITABLE | HIDDEN_RADIO | HIDDEN_CHECKBOX | KEPT;

  // Longest value or address, in UTF-16 units; data: links and pasted logs can be millions.
  const LONGEST = 4096;

  // Deeper elements are left out and said to be: recursion must end before the engine's stack does.
  const DEEPEST = 512;

  const words = (text) => new Set(text.split(" "));
  const SILENT = words("script style noscript template head title meta link base datalist source track param col colgroup");
  const LEAVES = words("input textarea img video audio canvas object embed iframe frame meter progress hr br area");
  const INTERACTIVE = words(
    "button checkbox combobox link listbox menuitem menuitemcheckbox menuitemradio option radio searchbox slider " +
    "spinbutton switch tab textbox treeitem DisclosureTriangle");
  const CHECKABLE = words("checkbox radio switch menuitemcheckbox menuitemradio option treeitem");
  const SELECTABLE = words("option tab row gridcell treeitem cell columnheader rowheader");
  const TEXTUAL = words("textbox searchbox combobox spinbutton");
  const CONTROLS = words("button input select textarea option optgroup fieldset");
  // Boxes for which Chromium's tree has words of its own.
  const SPELLED = { label: "LabelText", legend: "Legend" };
  const EVENTFUL = "text,a,foreignObject,[role],[tabindex],[onclick],[aria-label]";

  let out, elements, roleNumbers, exact, active, deep, base, modal;

  /** Lists what a person or a screen reader would find in this document.
      `mode` "ai" or "role"; `selector` limits it to the first match. */
  oc.snapshot = ({ mode = "ai", selector } = {}) => {
    let root = document.body || document.documentElement;
    if (selector) {
      try {
        root = document.querySelector(selector);
      } catch (error) {
        return { fail: { why: "badSelector", message: error.message } };
      }
      if (!root) return { fail: { why: "missing" } };
    }
    begin(mode === "role");
    // The document is level 0 and `html` level 1; a scoped listing starts with its root.
    base = selector ? 0 : 2;
    // Everything outside an open modal dialog is inert.
    modal = document.querySelector("dialog:modal") !== null;
    const within = root && root.closest("dialog:modal") !== null;
    const place = { hidden: css.ariaHidden(root), pointer: false, disabled: false, refs: !modal || within };
    if (root) visit(root, 0, base, place);
    number();
    const result = { url: document.URL, base: document.baseURI, title: document.title, next: oc.next, level: base, roles: [...roleNumbers.keys()], nodes: out };
    if (deep) result.deep = true;
    out = elements = null;
    return result;
  };

  /** The same as text: building one string here is several times faster than letting the protocol copy objects. */
  oc.snapshotText = (options) => JSON.stringify(oc.snapshot(options));

  function begin(strict) {
    out = [];
    elements = [];
    roleNumbers = new Map();
    exact = strict;
    deep = false;
    active = focused();
    css.begin();
    roles.begin(strict);
    names.begin();
  }

  function focused() {
    if (self !== top && !document.hasFocus()) return null;
    let element = document.activeElement;
    while (element && element.shadowRoot && element.shadowRoot.activeElement) element = element.shadowRoot.activeElement;
    return element;
  }

  // Numbers are given last, in the order of the list, and only to what stayed in it.
  function number() {
    for (let i = 0; i < out.length; i++) {
      const node = out[i];
      if (node.length > 2 && node[3] & WANTS_REF) {
        node[2] = oc.refOf(elements[i]);
        node[3] ^= WANTS_REF;
      }
    }
  }

  const roleNumber = (role) => {
    let n = roleNumbers.get(role);
    if (n === undefined) roleNumbers.set(role, (n = roleNumbers.size));
    return n;
  };

  // ---------------------------------------------------------------- text

  // Zero-width spaces and soft hyphens are not read.
  const UNSEEN = /[\u200b\u00ad]/g;
  const ODD = /[^\S ]|  |[\u200b\u00ad]/;

  function text(depth, data) {
    if (ODD.test(data)) data = data.replace(UNSEEN, "").replace(/\s+/g, " ");
    const last = out[out.length - 1];
    if (last && last.length === 2 && last[0] === depth) {
      if (!(data[0] === " " && last[1].endsWith(" "))) last[1] += data;
      else last[1] += data.slice(1);
    } else if (data !== " " && data !== "") push([depth, data], null);
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

  // `place`: what holds for the children of a node: hidden by aria, pointer cursor, disabled, may have refs.
  // `level` is the depth in the page, `depth` the depth in the list.
  function visit(element, depth, level, place) {
    const tag = element.localName;
    if (SILENT.has(tag)) return;
    const look = css.look(element);
    if (!look.shown) return;
    if (level > DEEPEST) {
      deep = true;
      return;
    }
    if (tag === "br") return text(depth, " ");
    const attributed = element.hasAttributes();
    const ariaHidden = attributed && element.getAttribute("aria-hidden") === "true";
    const inner = inside(element, place, look, ariaHidden, attributed);
    let role = tag === "slot" ? "none" : roles.of(element);
    // What something happens on is a target, however it calls itself.
    if (role === "none" && tag !== "slot" && marks(element, tag, look, place, inner, attributed) & TARGET) role = tag === "img" || tag === "svg" ? "img" : "generic";
    if (role === "none" || !look.visible || (role === "generic" && look.display === "contents")) {
      return transparent(element, role, depth, level, look, inner);
    }
    const at = out.length;
    const node = describe(element, tag, role, look, place, inner, attributed);
    node[0] = depth;
    node[3] += gap(level, depth);
    if (ariaHidden && !place.hidden) node[3] |= ARIA_HIDDEN;
    if ((tag === "iframe" || tag === "frame") && !(node[3] & WANTS_REF)) return;
    push(node, element);
    children(element, tag, depth + 1, level + 1, look, inner);
    if (role === "generic" && node[3] & INLINE && !(exact && SPELLED[tag])) flatten(at, depth, node);
    // What a name already says in full need not cross the wire again.
    else if (!exact && node[4] && out.length === at + 2 && out[at + 1].length === 2 && out[at + 1][1].trim() === node[4]) truncate(at + 1);
  }

  const gap = (level, depth) => GAP * Math.min(level - base - depth, 1000);

  function inside(element, place, look, ariaHidden, attributed) {
    if (modal && element.localName === "dialog" && element.matches(":modal")) place = { ...place, refs: true };
    const disabled = place.disabled || (attributed && element.getAttribute("aria-disabled") === "true");
    const hidden = place.hidden || ariaHidden;
    const pointer = look.style.cursor === "pointer";
    const refs = place.refs && !(attributed && element.hasAttribute("inert"));
    const same = hidden === place.hidden && pointer === place.pointer && disabled === place.disabled && refs === place.refs;
    return same ? place : { hidden, pointer, disabled, refs };
  }

  // The element itself is not listed, its content is.
  function transparent(element, role, depth, level, look, inner) {
    if (element.localName === "img" || element.localName === "input") return;
    const block = look.display !== "inline" && look.display !== "contents";
    if (block) text(depth, " ");
    children(element, element.localName, depth, level + 1, look, inner);
    if (block) text(depth, " ");
  }

  // An inline box that holds nothing but text is part of the sentence around it.
  function flatten(at, depth, node) {
    if (node[3] & (TARGET | ARIA_HIDDEN | ACTIVE) || node[4]) return;
    let data = "";
    for (let i = at + 1; i < out.length; i++) {
      if (out[i].length !== 2) return;
      data += out[i][1];
    }
    truncate(at);
    if (data) text(depth, data);
  }

  function children(element, tag, depth, level, look, inner) {
    if (LEAVES.has(tag)) return;
    if (tag === "select") return options(element, depth, level, inner);
    if (tag === "svg" && !element.querySelector(EVENTFUL)) return;
    const before = css.pseudo(element, "::before");
    if (before) text(depth, before);
    if (tag === "details" && !element.open) {
      const summary = css.summaryOf(element);
      if (summary) visit(summary, depth, level, inner);
    } else if (!css.skips(element)) {
      const special = css.children(element);
      if (special) for (const node of special) child(node, depth, level, look, inner);
      else for (let node = element.firstChild; node; node = node.nextSibling) child(node, depth, level, look, inner);
    }
    const after = css.pseudo(element, "::after");
    if (after) text(depth, after);
  }

  function child(node, depth, level, look, inner) {
    const type = node.nodeType;
    if (type === 1) visit(node, depth, level, inner);
    else if (type === 3 && look.visible) text(depth, node.data);
  }

  // A closed list has no boxes to ask about, an open one has.
  function options(select, depth, level, inner) {
    const closed = !(select.multiple || select.size > 1);
    for (const child of select.children) option(child, depth, level, inner, closed);
  }

  function option(element, depth, level, inner, closed) {
    const tag = element.localName;
    if (element.hidden || !(tag === "option" || tag === "optgroup" || element.children.length)) return;
    if (!closed && !css.look(element).shown) return;
    const listed = tag === "option" || tag === "optgroup";
    if (listed) {
      let flags = state(element, tag, tag === "option" ? "option" : "group", inner, element.hasAttributes());
      if (closed ? exact && tag === "option" : reachable(element, css.look(element), inner)) flags |= WANTS_REF;
      const name = tag === "option" ? names.optionText(element) : element.label;
      push([depth, roleNumber(tag === "option" ? "option" : "group"), 0, flags + gap(level, depth), name], element);
    }
    if (tag !== "option") for (const child of element.children) option(child, listed ? depth + 1 : depth, level + 1, inner, closed);
  }

  // ---------------------------------------------------------------- one node

  function describe(element, tag, role, look, place, inner, attributed) {
    let flags = state(element, tag, role, inner, attributed) | marks(element, tag, look, place, inner, attributed);
    // A frame needs a number whatever the pointer does: its document is hung under it.
    const framed = tag === "iframe" || tag === "frame";
    if (framed ? css.boxed(element, look) : reachable(element, look, inner) || (exact && INTERACTIVE.has(role))) flags |= WANTS_REF;
    const name = inner.hidden ? "" : naming(element, role);
    const node = [0, roleNumber((exact && role === "generic" && SPELLED[tag]) || role), 0, flags];
    const more = extra(element, tag, role, name, attributed);
    if (name || more) node.push(name);
    if (more) node.push(more);
    return node;
  }

  // A row without attributes could only be called by its cells, which are listed below it anyway.
  const naming = (element, role) => (role === "row" && !element.hasAttributes() ? "" : names.of(element, role));

  const reachable = (element, look, inner) =>
    inner.refs && look.visible && look.style.pointerEvents !== "none" && css.boxed(element, look);

  function state(element, tag, role, inner, attributed) {
    let flags = element === active ? ACTIVE : 0;
    if (CHECKABLE.has(role)) flags |= checked(element, tag, attributed);
    if (tag === "option" ? element.selected : attributed && SELECTABLE.has(role) && element.getAttribute("aria-selected") === "true") flags |= SELECTED;
    if (INTERACTIVE.has(role) || CONTROLS.has(tag)) {
      if (inner.disabled || (CONTROLS.has(tag) && element.matches(":disabled"))) flags |= DISABLED;
    }
    if (exact && role === "DisclosureTriangle" && element.parentNode.open) flags |= EXPANDED;
    if (!attributed) return flags;
    if (element.getAttribute("aria-expanded") === "true") flags |= EXPANDED;
    const invalid = element.getAttribute("aria-invalid");
    if (invalid && invalid !== "false") flags |= INVALID;
    if (role === "button") {
      const pressed = element.getAttribute("aria-pressed");
      if (pressed === "true") flags |= PRESSED;
      else if (pressed === "mixed") flags |= PRESSED | MIXED;
    }
    return flags;
  }

  function checked(element, tag, attributed) {
    if (tag === "input") return element.indeterminate ? CHECKED | MIXED : element.checked ? CHECKED : 0;
    const value = attributed && element.getAttribute("aria-checked");
    return value === "true" ? CHECKED : value === "mixed" ? CHECKED | MIXED : 0;
  }

  function marks(element, tag, look, place, inner, attributed) {
    let flags = 0;
    if (inner.pointer) flags |= place.pointer ? POINTER : POINTER | OWN_POINTER;
    if (look.display === "inline") flags |= INLINE;
    if (tag === "label") flags |= standIn(element);
    if (!attributed) return flags;
    if (element.hasAttribute("onclick")) flags |= ONCLICK;
    if (element.hasAttribute("tabindex") && element.tabIndex >= 0) flags |= TABINDEX;
    const editable = element.getAttribute("contenteditable");
    if (editable !== null && editable !== "false") flags |= EDITABLE;
    if (element.getAttribute("draggable") === "true") flags |= KEPT;
    return flags;
  }

  // A label is the only way to a radio or checkbox that is drawn by style alone.
  function standIn(label) {
    const control = label.control;
    if (!control || (control.type !== "radio" && control.type !== "checkbox")) return 0;
    const look = css.look(control);
    const listed = css.rendered(control) && look.visible;
    if (listed && look.style.opacity !== "0" && css.boxed(control, look)) return 0;
    const state = listed ? 0 : checked(control, "input", true);
    return state | (control.type === "radio" ? HIDDEN_RADIO : HIDDEN_CHECKBOX);
  }

  // ---------------------------------------------------------------- url, placeholder, value, level

  function extra(element, tag, role, name, attributed) {
    let more = null;
    const add = (key, value) => {
      if (value !== null && value !== undefined && value !== "") (more ||= {})[key] = value;
    };
    if (role === "link" && tag === "a") add("u", short(element.getAttribute("href") ?? element.getAttribute("xlink:href")));
    if (role === "heading") add("l", headingLevel(element, tag));
    else if (attributed && (role === "treeitem" || role === "listitem" || role === "row")) add("l", Number(element.getAttribute("aria-level")) || null);
    if (tag === "input" || tag === "textarea") {
      const placeholder = attributed && TEXTUAL.has(role) && element.getAttribute("placeholder");
      if (placeholder && placeholder.trim() !== name) add("p", names.tidy(placeholder));
      add("v", written(element, role));
    } else if (exact) add("v", shownValue(element, tag, role));
    return more;
  }

  function headingLevel(element, tag) {
    const level = Number(element.getAttribute("aria-level"));
    if (level > 0) return level;
    return /^h[1-6]$/.test(tag) ? Number(tag[1]) : 2;
  }

  const short = (text) => (text && text.length > LONGEST ? text.slice(0, LONGEST) + "…" : text);

  // A password shown by its own eye button, or a text field drawn in dots, is a password still.
  const secret = (element) =>
    element.type === "password" || /password/.test(element.autocomplete) || css.look(element).style.webkitTextSecurity !== "none";

  // Never what a password field holds, and never the submitted value of a box to tick.
  function written(element, role) {
    const type = element.type;
    if (TEXTUAL.has(role) || role === "slider") return secret(element) ? null : short(names.tidy(element.value));
    if (!exact) return null;
    if (type === "file") {
      const { files } = element;
      return !files || !files.length ? "No file chosen" : files.length === 1 ? files[0].name : `${files.length} files`;
    }
    return type === "color" ? element.value : null;
  }

  function shownValue(element, tag, role) {
    if (tag === "select") return element.multiple || element.size > 1 ? null : element.selectedOptions.length ? names.optionText(element.selectedOptions[0]) : null;
    if (tag === "meter" || tag === "progress") return element.value === undefined ? null : String(element.value);
    const editable = element.getAttribute("contenteditable");
    if (editable !== null && editable !== "false") return names.tidy(element.textContent).slice(0, 500);
    if (role === "slider" || role === "spinbutton" || role === "scrollbar") return element.getAttribute("aria-valuetext") || element.getAttribute("aria-valuenow");
    return null;
  }
})();
