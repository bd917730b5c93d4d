// Which target inside an element a click would be for, rather than for the element: a row's own button, a card's link.
// Needs world.js, describe.js and target.js.
(() => {
  const oc = globalThis.__openclaw;
  const CONTROLS =
    "a[href],area[href],button,input:not([type=hidden]),select,textarea,summary,iframe,audio[controls],video[controls]";
  const FIELDS = "input,select,textarea";
  const OTHERS = "label,[role],[onclick],[tabindex],[contenteditable]";

  const isControl = (at) =>
    at.matches(CONTROLS) || at.editContext || oc.describe.operates(at.getAttribute("role")) ||
    (at.isContentEditable && oc.parent(at)?.isContentEditable !== true) || (at.localName === "label" && at.control !== null);
  // What one of these does is nothing that a click on what is around it could be for.
  const ACTS = "button,link,checkbox,radio,switch,tab,menuitem,menuitemcheckbox,menuitemradio,textbox,searchbox,combobox,spinbutton,slider";
  const acts = (at) => isControl(at) && (!at.hasAttribute("role") || at.matches(CONTROLS) || ACTS.split(",").includes(at.getAttribute("role")));
  const isTarget = (at) => isControl(at) || at.hasAttribute("onclick") || at.tabIndex >= 0 || oc.describe.listens(at);

  /** Whether it is, or holds, a control besides this one. */
  oc.hasOtherControl = (around, element) =>
    [around, ...around.querySelectorAll(`${CONTROLS},${OTHERS}`)].some((at) => at !== element && isControl(at));

  // Whether it is drawn by the element itself, in its own shadow tree.
  const isInShadowOf = (at, element) => {
    for (let { host } = at.getRootNode(); host; ({ host } = host.getRootNode())) if (host === element) return true;
    return false;
  };

  // Of a field's own parts, and what is edited as text, no click is lost.
  const isPartOf = (at, element) =>
    element.localName === "select" || (element.isContentEditable && at.isContentEditable) ||
    (element.localName === "label" && oc.isWithin(at, element.control)) || (at.localName === "label" && at.control === element);

  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();

  /** What would get a click on `hit`, which lies inside the element: null when that is the element, else {target, isMeant, acts}.
      `isMeant`: who names the element can only mean that, should the element have no spot of its own. `acts`: it, or what is
      around it, does something by itself, as a button or a link does. */
  oc.rivalAt = (hit, element) => {
    if (hit === element || !oc.isWithin(hit, element)) return null;
    const line = [];
    for (const at of oc.ancestry(hit)) {
      if (at === element) break;
      if (isTarget(at) && !isPartOf(at, element)) line.push(at);
    }
    const [target] = line;
    if (!target) return null;
    const isOwn = isTarget(element);
    if (isInShadowOf(target, element)) return isOwn ? { target, isMeant: true, acts: false } : null;
    // Icons and words inside a control may listen, too: the control hears of their clicks.
    if (isControl(element) && !line.some(isControl)) return { target, isMeant: true, acts: false };
    const outer = line.at(-1);
    const others = [...element.querySelectorAll(`${CONTROLS},${OTHERS}`)].filter((at) => isTarget(at) && !isPartOf(at, element));
    const isAlone = others.every((at) => oc.isWithin(at, outer) || oc.isWithin(outer, at));
    const isSame = isAlone && words(outer) === words(element);
    // What does nothing itself is named for what it holds.
    if (isSame && !isOwn) return null;
    const isAlike = isControl(element) || !line.some(isControl);
    return { target, isMeant: (isSame && isAlike) || (isAlone && target.matches(FIELDS)), acts: line.some(acts) };
  };
})();
