// Whether anything that a listing tells may have changed since it was written: one number, the epoch, which grows
// when it has. It sees the DOM, what controls hold, the focus and the address. Style and layout are counted by the
// browser itself: `kept.rs` asks it in the same flight.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.epoch) return;

  const ALL = { subtree: true, childList: true, attributes: true, characterData: true };
  const CONTROLS = "input,select,textarea";

  let epoch = 0;
  let told = null; // What the document said of itself when this epoch began; null when that is over.
  let roots = new Map(); // Each root that is watched, and what its controls held.
  const observer = new MutationObserver(forget);

  // After the first change the page pays nothing more, and nothing of it is held, until somebody looks again.
  function forget() {
    told = null;
    roots.clear();
    observer.disconnect();
  }

  /** The number of this state of the document. What it says holds until the caller gives way to the page. */
  oc.epoch = () => {
    // What is due of style and layout happens now, so that whoever counts it next has it counted.
    document.documentElement?.getBoundingClientRect();
    if (observer.takeRecords().length) forget();
    if (told === null || !same()) {
      forget();
      epoch++;
      told = tell();
      oc.watch(document);
    }
    return epoch;
  };

  /** A shadow root belongs to what is watched. */
  oc.watch = (root) => {
    if (roots.has(root)) return;
    observer.observe(root, ALL);
    roots.set(root, [...root.querySelectorAll(CONTROLS)].map(held));
  };

  /** The element with the focus, inside shadow roots too; null when it is in another document. */
  oc.focused = () => {
    if (self !== top && !document.hasFocus()) return null;
    let element = document.activeElement;
    for (let root; element && (root = oc.shadow(element)) && root.activeElement; ) element = root.activeElement;
    return element;
  };

  const tell = () => [oc.focused(), document.URL, document.title].map((value) => (value instanceof Node ? new WeakRef(value) : value));

  function same() {
    const [focus, url, title] = told;
    if ((focus instanceof WeakRef ? focus.deref() : focus) !== oc.focused()) return false;
    if (url !== document.URL || title !== document.title) return false;
    for (const [root, states] of roots) {
      let at = 0;
      for (const control of root.querySelectorAll(CONTROLS)) if (held(control) !== states[at++]) return false;
    }
    return true;
  }

  /** What a control holds. None of it is in the DOM, so no observer sees it. */
  oc.stateOf = held;

  function held(control) {
    switch (control.localName) {
      case "select":
        return control.multiple ? Array.prototype.map.call(control.selectedOptions, (option) => option.index).join() : control.selectedIndex;
      case "textarea":
        return control.value;
      default:
        switch (control.type) {
          case "checkbox": case "radio": return (control.checked ? 1 : 0) + (control.indeterminate ? 2 : 0);
          case "file": return Array.prototype.map.call(control.files, (file) => file.name).join("/");
          default: return control.value;
        }
    }
  }
})();
