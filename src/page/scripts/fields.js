// What form controls take and hold: text, values, options, checks.
// It focuses and sets; keys and clicks are sent from outside. A password never leaves the page.
// Needs target.js, aim.js and typed.js.
(() => {
  const oc = globalThis.__openclaw;
  const MOST_OPTIONS = 20;

  const FORMATS = {
    date: "YYYY-MM-DD", time: "HH:MM or HH:MM:SS", month: "YYYY-MM", week: "YYYY-Www",
    "datetime-local": "YYYY-MM-DDTHH:MM", color: "#rrggbb",
  };

  const about = (element) => ({ element: oc.tagOf(element) });

  const findControl = (spec) => {
    const { element, fail } = oc.find(spec);
    return fail ? { fail } : { element: oc.controlOf(element) };
  };

  // Events as a person's change would send them. The setters of this world are the engine's own, so frameworks that
  // wrap a field's `value` in the page still see the change.
  const announce = (element) => {
    element.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // The field that takes text, or why it takes none.
  const findField = (spec) => {
    const { element, fail } = findControl(spec);
    if (fail) return { fail };
    const kind = oc.kindOf(element);
    const isInput = element.localName === "input";
    if (isInput && !["text", "set"].includes(kind)) return oc.fail("unfillable", { ...about(element), type: element.type });
    if (!["text", "set", "editable"].includes(kind)) return oc.fail("notEditable", about(element));
    const disabler = oc.disabledBy(element);
    if (disabler) return oc.fail("disabled", { ...about(element), ...disabler });
    if (element.readOnly || element.getAttribute("aria-readonly") === "true") return oc.fail("readOnly", about(element));
    return { element, kind };
  };

  const isNumeric = (text) => Number.isFinite(Number(text));

  // Where the caret is, through shadow roots.
  const focused = () => {
    let at = document.activeElement;
    while (at && oc.shadow(at)?.activeElement) at = oc.shadow(at).activeElement;
    return at;
  };

  // Text of these is replaced by the keys that a person would use: they keep it to themselves, or draw only a part of it.
  const isEditor = (element) => (element.isContentEditable && oc.hostOf(element) === element) || oc.isProxy(element);

  // -> {ok: {way, length, byKeys, collapses, renamed?, element}}: "insert" (the text replaces the selection in one piece), "keys"
  // (key by key), or "set" (call setValue). `text` is what will be written, `length` what the field holds now. It is
  // selected already, unless `byKeys` says that the keys for it are to be pressed beside selected(). `collapses`: it draws
  // many spaces as one. Fails: as find(), and unfillable, notEditable, disabled, readOnly, notNumeric, inert, hidden,
  // focusMoved.
  oc.prepareText = (spec, options) => oc.patiently(() => prepareText(spec, options), options);

  const prepareText = async (spec, { text = "", slowly = false }) => {
    const { element, kind, fail } = findField(spec);
    if (fail) return { fail };
    const renamed = spec.n === undefined ? undefined : oc.renamed(element);
    if (kind === "set") return { ok: { way: "set", length: element.value.length, renamed, ...about(element) } };
    if (element.type === "number" && !isNumeric(text)) return oc.fail("notNumeric", about(element));
    const inert = oc.inertBy(element);
    if (inert) return oc.fail(inert.hasAttribute("inert") ? "inert" : "covered", { by: oc.tagOf(inert) });
    if (!element.checkVisibility({ visibilityProperty: true })) {
      return oc.fail("hidden", { ...about(element), ...oc.hiddenBy(element) });
    }
    const host = oc.hostOf(element);
    host.focus();
    if (focused() !== host) return focusMoved(focused());
    oc.listen(element);
    const byKeys = isEditor(element);
    const collapses = element.isContentEditable && getComputedStyle(element).whiteSpaceCollapse === "collapse";
    if (element.select) element.select();
    else if (!byKeys) await oc.selectPart(element);
    return { ok: { way: slowly ? "keys" : "insert", length: oc.bare(element).length, byKeys, collapses, renamed, ...about(element) } };
  };

  // Search boxes often hand the focus to another field when they get it.
  const focusMoved = (holder) => {
    if (!holder || holder === document.body) return oc.fail("focusMoved");
    return oc.fail("focusMoved", { to: oc.tagOf(holder), n: oc.refOf(holder) });
  };

  // Sets a field's value at once, with input and change events. -> {ok: as heldAfter()}; fails: as prepareText(), and format
  // {type, expected}: the field is left as it was.
  oc.setValue = (spec, text) => {
    const { element, kind, fail } = findField(spec);
    if (fail) return { fail };
    if (kind === "editable") return oc.fail("notEditable", about(element));
    if (["range", "number"].includes(element.type) && (!isNumeric(text) || (element.type === "range" && text.trim() === ""))) {
      return oc.fail("notNumeric", about(element));
    }
    element.focus({ preventScroll: true });
    const before = element.value;
    const successor = oc.succession(element);
    element.value = text;
    if (!took(element, text)) {
      element.value = before;
      return oc.fail("format", { ...about(element), type: element.type, expected: expected(element) });
    }
    announce(element);
    if (element.isConnected) return { ok: { ...oc.holding(element, text), changed: element.value !== before, taken: true } };
    const now = successor();
    const held = now ? oc.holding(now, text) : { length: 0, matches: null };
    return { ok: { ...held, changed: true, taken: true, replaced: oc.other(now), next: oc.next } };
  };

  // A value that the type does not allow ends as "" (dates), black (colours) or another number (ranges).
  const took = (element, text) => {
    if (element.type === "range") return Number(element.value) === Number(text);
    if (element.type === "color") return element.value !== "#000000" || text.toLowerCase() === element.value;
    return text === "" || element.value !== "";
  };

  const expected = (element) =>
    element.type === "range"
      ? `a number from ${element.min || 0} to ${element.max || 100} in steps of ${element.step || 1}`
      : (FORMATS[element.type] ?? "text");

  const collapse = (text) => text.replace(/\s+/g, " ").trim();
  const meaning = (option) => ({ value: option.value, label: collapse(option.label || option.text) });

  const optionFor = (select, wanted) => {
    const options = [...select.options];
    return (
      options.find((option) => option.value === wanted) ??
      options.find((option) => meaning(option).label === collapse(wanted))
    );
  };

  // Whether these options of a native <select> can be chosen. -> {ok: {}}.
  // An option that is not there is waited for when asked (lists are often loaded after another choice).
  // Fails: as find(), and notSelect, disabled, notMultiple, noOption {wanted, options, total}, disabledOption {wanted}.
  oc.selectable = async (spec, values, options) => {
    const { fail } = await oc.patiently(() => choice(spec, values), options);
    return fail ? { fail } : { ok: {} };
  };

  // Chooses options by value or label, at once; no values means none. -> {ok: as heldAfter()}: the chosen values.
  // Fails: as selectable().
  oc.select = (spec, values) => {
    const { element, chosen, fail } = choice(spec, values);
    if (fail) return { fail };
    if (chosen.length === 0) element.selectedIndex = -1;
    const successor = oc.succession(element);
    for (const option of element.options) if (option.selected !== chosen.includes(option)) option.selected = !option.selected;
    const wanted = valuesOf([...element.options].filter((option) => chosen.includes(option)));
    announce(element);
    const now = element.isConnected ? element : successor();
    if (!now) return { ok: { length: 0, matches: null, changed: true, taken: true, replaced: {} } };
    const value = valuesOf([...now.selectedOptions]);
    const matches = value === wanted && (now !== element || chosen.every((option) => option.selected));
    const held = { value: oc.beginning(value), length: value.length, matches, changed: true, taken: true };
    return { ok: now === element ? held : { ...held, replaced: oc.other(now), next: oc.next } };
  };

  const valuesOf = (options) => options.map((option) => option.value).join(", ");

  // -> {element, chosen}: the <select>, and its options that are meant.
  const choice = (spec, values) => {
    const { element, fail } = findControl(spec);
    if (fail) return { fail };
    const list = element.localName === "option" && element.closest("select");
    if (list) return oc.fail("isOption", { count: oc.refOf(list) });
    if (element.localName !== "select") return oc.fail("notSelect", about(element));
    const disabler = oc.disabledBy(element);
    if (disabler) return oc.fail("disabled", { ...about(element), ...disabler });
    if (values.length > 1 && !element.multiple) return oc.fail("notMultiple", about(element));
    // It may fill itself, or open the styled list that it stands for, when it gets the focus.
    if (!oc.isUnseen(element)) element.focus({ preventScroll: true });
    const chosen = values.map((wanted) => optionFor(element, wanted));
    const lost = chosen.indexOf(undefined);
    if (lost >= 0) {
      const options = [...element.options].slice(0, MOST_OPTIONS).map(meaning);
      return oc.fail("noOption", { wanted: values[lost], options, total: element.options.length });
    }
    const barred = chosen.find((option) => option.disabled || option.closest("optgroup:disabled"));
    return barred ? oc.fail("disabledOption", { wanted: meaning(barred).label }) : { element, chosen };
  };

  // -> {ok: "check", "select" or "text"}: how a field is filled of which nobody has said what it is.
  oc.fillsAs = (spec) => {
    const { element, fail } = findControl(spec);
    if (fail) return { fail };
    if (element.localName === "select") return { ok: "select" };
    return { ok: isCheckable(element) ? "check" : "text" };
  };

  const isNativeCheck = (element) => element.localName === "input" && ["checkbox", "radio"].includes(element.type);
  const isCheckable = (element) =>
    isNativeCheck(element) || (CHECKABLE.includes(element.getAttribute("role")) && element.hasAttribute("aria-checked"));

  const CHECKABLE = ["checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio", "option", "treeitem"];

  // -> {ok: {checked: true | false | "mixed", needsClick, kind}}. Call it again after the click to see what came of it.
  // Fails: as find(), and notCheckable, disabled (only when a click is needed), staysOn (a radio can't be switched off).
  oc.check = (spec, wanted) => {
    const { element, fail } = findControl(spec);
    if (fail) return { fail };
    const role = element.getAttribute("role");
    const isNative = isNativeCheck(element);
    if (!isCheckable(element)) return oc.fail("notCheckable", about(element));
    const kind = isNative ? element.type : role;
    const stated = element.getAttribute("aria-checked");
    const mixed = isNative ? element.indeterminate : stated === "mixed";
    const checked = mixed ? "mixed" : isNative ? element.checked : stated === "true";
    const needsClick = checked !== wanted;
    const disabler = needsClick ? oc.disabledBy(element) : null;
    if (disabler) return oc.fail("disabled", { ...about(element), ...disabler });
    if (needsClick && !wanted && ["radio", "menuitemradio"].includes(kind)) return oc.fail("staysOn", about(element));
    return { ok: { checked, needsClick, kind } };
  };

  // Where text goes that is sent without a target. -> {ok: {frame: n}}: into that frame's document; {ok: {n}}: into
  // this element, which is watched from now on. Fails: nothingFocused {to?}: no element that takes text has the focus.
  oc.focusForText = () => {
    const holder = focused();
    if (holder && ["iframe", "frame", "object", "embed"].includes(holder.localName)) return { ok: { frame: oc.refOf(holder) } };
    const kind = holder ? oc.kindOf(holder) : "none";
    const takes = kind === "text" || holder?.isContentEditable || holder?.editContext;
    if (!takes || holder.readOnly || oc.isDisabled(holder)) {
      return oc.fail("nothingFocused", holder && holder !== document.body ? { to: oc.tagOf(holder) } : {});
    }
    oc.listen(holder, true);
    return { ok: { n: oc.refOf(holder) } };
  };
})();
