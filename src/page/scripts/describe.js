// What one element of the list says about itself: role number, states, marks, name, url, placeholder, value.
// It looks at no other element of the list; the walk decides which elements are in it.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.describe) return;
  const { css, eye, names } = oc;
  const describe = (oc.describe = {});

  // The bits of a node's third field; `tree.rs` has the same list.
  const ACTIVE = 1, CHECKED = 2, MIXED = 4, DISABLED = 8, EXPANDED = 16, PRESSED = 32, SELECTED = 64, INVALID = 128,
    ARIA_HIDDEN = 256, POINTER = 512, OWN_POINTER = 1024, ONCLICK = 2048, TABINDEX = 4096, EDITABLE = 8192,
    HIDDEN_RADIO = 16384, HIDDEN_CHECKBOX = 32768, KEPT = 65536, INLINE = 131072, WANTS_REF = 262144, UNSEEN = 524288;
  // A generic with one of these is a target of its own: it is never folded into its surroundings.
  const TARGET = OWN_POINTER | ONCLICK | TABINDEX | EDITABLE | HIDDEN_RADIO | HIDDEN_CHECKBOX | KEPT;
  describe.flags = { ACTIVE, ARIA_HIDDEN, EDITABLE, INLINE, TARGET, UNSEEN, WANTS_REF };

  // Longest value or address, in UTF-16 units; data: links and pasted logs can be millions.
  const LONGEST = 4096;

  const words = (text) => new Set(text.split(" "));
  const INTERACTIVE = words(
    "button checkbox combobox link listbox menuitem menuitemcheckbox menuitemradio option radio searchbox slider " +
    "spinbutton switch tab textbox treeitem DisclosureTriangle");
  const CHECKABLE = words("checkbox radio switch menuitemcheckbox menuitemradio option treeitem");
  const SELECTABLE = words("option tab row gridcell treeitem cell columnheader rowheader");
  const TEXTUAL = words("textbox searchbox combobox spinbutton");
  const CONTROLS = words("button input select textarea option optgroup fieldset");
  const CONTROL = "a[href],button,input,select,textarea,iframe,[role],[onclick],[tabindex],[contenteditable]";
  // What Chromium's tree has words of its own for, and the boxes for which it has.
  const EMBEDDED = { object: "PluginObject", embed: "EmbeddedObject" };
  const SPELLED = { label: "LabelText", legend: "Legend", header: "sectionheader", footer: "sectionfooter" };

  let roleNumbers, exact, every, lean, wide, active;
  let listening = null; // What the last walk has found; it holds nothing that the page has let go.

  /** Begins a walk. `mode` "role" and "aria": as Chromium's own tree would have it, "lean": only controls get a number;
      `focused`: the element with the focus; `clickable`: a selector, the number of elements that it finds, and the
      positions of those with a listener; `numbered`: whatever has a box gets a number. */
  describe.begin = (mode, focused, clickable, numbered) => {
    listening = listeners(clickable);
    roleNumbers = new Map();
    every = mode === "aria";
    exact = every || mode === "role";
    lean = mode === "lean";
    wide = numbered;
    active = focused;
  };

  describe.end = () => {
    roleNumbers = active = undefined;
  };

  /** A node of which nothing but its role and name is known, its depth still 0. */
  describe.plain = (role, name) => [0, roleNumber(role), 0, 0, name];

  // One listener may serve a whole application: only what holds no control of its own is taken for a target.
  function listeners(clickable) {
    if (!Array.isArray(clickable) || clickable.length < 3) return null;
    const found = new WeakSet();
    const [selector, count, ...positions] = clickable;
    const all = document.querySelectorAll(selector);
    if (all.length !== count) return null;
    for (const position of positions) {
      const element = all[position];
      if (element && !element.querySelector(CONTROL)) found.add(element);
    }
    return found;
  }

  /** The roles met, in the order of their numbers. */
  describe.roles = () => [...roleNumbers.keys()];

  const roleNumber = (role) => {
    let n = roleNumbers.get(role);
    if (n === undefined) roleNumbers.set(role, (n = roleNumbers.size));
    return n;
  };

  /** Whether Chromium's tree has a word of its own for this plain box. */
  describe.isSpelled = (tag) => exact && SPELLED[tag] !== undefined;

  // `place` is what holds around the element, `inner` what holds within it (see `walk.js`).

  /** The node of an element, its depth still 0: [depth, role, ref, flags, name, more]. */
  describe.element = (element, tag, role, look, place, inner, attributed) => {
    const flags = state(element, tag, role, inner, attributed) | marks(element, tag, look, place, inner, attributed);
    const name = inner.hidden ? "" : naming(element, role);
    const node = [0, roleNumber((exact && role === "generic" && SPELLED[tag]) || (every && EMBEDDED[tag]) || role), 0, flags];
    const more = extra(element, tag, role, name, attributed);
    if (name || more) node.push(name);
    if (more) node.push(more);
    return node;
  };

  /** Whether a person can operate it, by its role or by its marks. */
  describe.isOperable = (element, tag, role, look, place, inner, attributed) =>
    INTERACTIVE.has(role) || role === "iframe" || (marks(element, tag, look, place, inner, attributed) & TARGET & ~KEPT) !== 0;

  /** Whether a person operates elements of this role. */
  describe.operates = (role) => INTERACTIVE.has(role);

  /** Whether it has a listener for clicks, as far as this walk or the last one knows. */
  describe.listens = (element) => listening !== null && listening.has(element);

  /** Whether it gets a number: it can be seen and hit, or a listing of controls would be wrong without it. */
  describe.wantsRef = (element, tag, role, look, inner, node) => {
    // A frame needs a number whatever the pointer does: its document is hung under it.
    if (role === "iframe" || tag === "iframe" || tag === "frame") return css.boxed(element, look);
    if (exact && INTERACTIVE.has(role)) return true;
    if (!(node[3] & TARGET) && !INTERACTIVE.has(role)) {
      // Chromium's words bear refs where something happens or something is called by a name.
      if (!wide && (lean || (exact && !node[4]))) return false;
    }
    return reachable(element, look, inner) || (lean && isShrunk(element, tag, look, inner));
  };

  /** Whether it is known by a number though nobody can act on it, so that its place can be asked for. */
  describe.wantsPlace = (element, look) => wide && look.visible && css.boxed(element, look);

  // A field without a size, drawn by its neighbours: no label stands in for it, so its state can be told and set in no
  // other place.
  const isShrunk = (element, tag, look, inner) =>
    ((tag === "input" && (element.type === "checkbox" || element.type === "radio")) || tag === "select") &&
    inner.refs && look.visible && !names.isLabelled(element);

  /** The node of an option or a group of options; one of a closed list has no box. */
  describe.option = (element, tag, inner, closed) => {
    const role = tag === "option" ? "option" : "group";
    let flags = state(element, tag, role, inner, element.hasAttributes());
    if (closed ? (exact || lean) && inner.refs && tag === "option" : reachable(element, css.look(element), inner)) flags |= WANTS_REF;
    return [0, roleNumber(role), 0, flags, tag === "option" ? names.optionText(element) : element.label];
  };

  /** Why something might happen on it, whatever its role. */
  describe.isTarget = (element, tag, look, place, inner, attributed) =>
    (marks(element, tag, look, place, inner, attributed) & TARGET) !== 0;

  // A row without attributes could only be called by its cells, which are listed below it anyway.
  const naming = (element, role) => (role === "row" && !element.hasAttributes() ? "" : names.of(element, role));

  /** Whether the mouse finds it. */
  const reachable = (describe.isReached = (element, look, inner) =>
    inner.refs && look.visible && look.style.pointerEvents !== "none" && css.boxed(element, look));

  function state(element, tag, role, inner, attributed) {
    let flags = (element === active ? ACTIVE : 0) | (oc.saidBy(element)?.flags ?? 0);
    if (CHECKABLE.has(role)) flags |= checked(element, tag, attributed);
    if (tag === "option" ? element.selected : attributed && SELECTABLE.has(role) && element.getAttribute("aria-selected") === "true") flags |= SELECTED;
    if (INTERACTIVE.has(role) || CONTROLS.has(tag)) {
      if (inner.disabled || (CONTROLS.has(tag) && element.matches(":disabled"))) flags |= DISABLED;
    }
    if (role === "DisclosureTriangle" && element.parentNode.open) flags |= EXPANDED;
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
    if (describe.listens(element)) flags |= ONCLICK;
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
    if (role === "link" && (tag === "a" || tag === "area")) add("u", short(element.getAttribute("href") ?? element.getAttribute("xlink:href")));
    if (role === "heading") add("l", headingLevel(element, tag));
    else if (attributed && (role === "treeitem" || role === "listitem" || role === "row")) add("l", Number(element.getAttribute("aria-level")) || null);
    if (tag === "input" || tag === "textarea") {
      const placeholder = attributed && TEXTUAL.has(role) && element.getAttribute("placeholder");
      if (placeholder && placeholder.trim() !== name) add("p", names.tidy(placeholder));
      add("v", written(element, role));
    } else if (exact || lean) add("v", shownValue(element, tag, role) ?? oc.saidBy(element)?.value);
    if (every && attributed) add("d", short(names.description(element, name)));
    return more;
  }

  function headingLevel(element, tag) {
    const level = Number(element.getAttribute("aria-level") ?? oc.saidBy(element)?.level);
    if (level > 0) return level;
    return /^h[1-6]$/.test(tag) ? Number(tag[1]) : 2;
  }

  const short = (text) => (text && text.length > LONGEST ? text.slice(0, LONGEST) + "…" : text);

  // A password shown by its own eye button, or a text field drawn in dots, is a password still, and so is what was
  // seen as one before.
  const secrets = new WeakSet();
  const secret = (describe.secret = (element) => {
    const is =
      element.type === "password" ||
      secrets.has(element) ||
      /password/i.test(element.autocomplete ?? "") ||
      !["none", ""].includes(getComputedStyle(element).webkitTextSecurity);
    if (is) secrets.add(element);
    return is;
  });

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
    if (editable !== null && editable !== "false") return secret(element) || eye.holdsDots(element) ? null : names.tidy(element.textContent).slice(0, 500);
    if (role === "slider" || role === "spinbutton" || role === "scrollbar") return element.getAttribute("aria-valuetext") || element.getAttribute("aria-valuenow");
    return null;
  }
})();
