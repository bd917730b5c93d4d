// What an act changes in a document, as far as the document itself can tell: armed before the act, told after it.
// It listens and compares, in this document and those around and inside it that belong to the same site; it writes
// nothing into any of them. Needs world.js, watch.js, pace.js, target.js and aim.js.
(() => {
  const oc = globalThis.__openclaw;
  const ALL = { subtree: true, childList: true, attributes: true, characterData: true };
  const MOST_ACTS = 8; // at a time; an act that was broken off never asks
  const FRAMES = 3; // that are waited for: smooth scrolling begins in the second one after its key
  const DRAWS = 400; // ms after which a window that is filmed has been drawn
  const MOST_SHOWN = 10_000; // elements that are looked at one by one
  const NEWS = ["input", "change", "beforetoggle", "fullscreenchange", "play", "pause"];
  const CONTROLS = "input,select,textarea";
  const DOWNLOADS = "a[href][download], area[href][download]";
  const acts = new Map();

  // A window of another site does not let its document be seen.
  const documentOf = (window) => {
    try {
      return window.document;
    } catch {
      return null;
    }
  };

  const outermost = () => {
    let at = self;
    while (at !== at.parent && documentOf(at.parent)) at = at.parent;
    return at;
  };

  const windows = function* (window) {
    if (!documentOf(window)) return;
    oc.own(window);
    yield window;
    for (let at = 0; at < window.length; at++) yield* windows(window[at]);
  };

  const focusOf = () => {
    const element = oc.focused();
    return element === document.body ? null : element;
  };

  const held = (root) => [...root.querySelectorAll(CONTROLS)].map(oc.stateOf).join("\n");

  // What can be seen: a style sheet may show and hide without any change of the document.
  const shown = (roots) => {
    let count = document.getAnimations().length;
    let looked = 0;
    for (const root of roots) {
      for (const element of root.querySelectorAll("*")) {
        if (looked++ > MOST_SHOWN) return count;
        if (element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) count++;
      }
    }
    return count;
  };

  // Whether anything has somewhere to scroll to: that begins with a frame, and nothing tells before.
  const canScroll = () => {
    const { scrollHeight, scrollWidth, clientHeight, clientWidth } = document.scrollingElement ?? document.documentElement;
    if (scrollHeight > clientHeight || scrollWidth > clientWidth) return true;
    let looked = 0;
    for (const element of document.querySelectorAll("*")) {
      if (looked++ > MOST_SHOWN) return true;
      if (element.clientHeight === 0) continue; // in a line, or nothing of it shows
      const spills = element.scrollHeight > element.clientHeight || element.scrollWidth > element.clientWidth;
      if (spills && getComputedStyle(element).overflow !== "visible") return true;
    }
    return false;
  };

  // What is selected, text or part of a field; a caret alone is nothing.
  const selected = () => {
    const { type, anchorNode, anchorOffset, focusNode, focusOffset } = getSelection() ?? {};
    const holder = oc.focused();
    const [start, end] = [holder?.selectionStart, holder?.selectionEnd];
    return [...(type === "Range" ? [anchorNode, anchorOffset, focusNode, focusOffset] : []), ...(start < end ? [start, end] : [])];
  };

  // Which style sheets there are and how many rules each has. Those of other sites do not tell.
  const sheets = (roots) =>
    roots.flatMap((root) => [...root.styleSheets, ...root.adoptedStyleSheets]).map((sheet) => {
      try {
        return `${sheet.disabled} ${sheet.cssRules.length}`;
      } catch {
        return `${sheet.disabled}`;
      }
    });

  // Animations that scripts have begun: those of styles come and go with the mouse.
  const moving = () =>
    document.getAnimations().filter((at) => !(at instanceof CSSTransition) && !(at instanceof CSSAnimation));

  const isSame = (now, before) => now.length === before.length && now.every((value, at) => value === before[at]);

  // Whether a click asks for a download that is no navigation: of that, nobody but the browser knows.
  const downloads = (event) => {
    const link = event.composedPath().find((at) => at.nodeType === Node.ELEMENT_NODE && at.matches(DOWNLOADS));
    return !!link && (["blob:", "data:"].includes(link.protocol) || link.origin === link.ownerDocument.defaultView.origin);
  };

  /** Begins to watch for what an act changes. `shows`: what can be seen is compared, too. */
  oc.arm = (id, shows = false) => {
    end(id);
    if (acts.size >= MOST_ACTS) end(acts.keys().next().value);
    const act = { title: document.title, focus: new WeakRef(focusOf() ?? document), changed: false, scrolled: false };
    act.released = 0;
    act.owes = false;
    act.clicks = [];
    act.wake = () => {};
    act.putOff = oc.counting();
    const observer = new MutationObserver(() => (act.changed = true));
    // The event of what was scrolled to be aimed at comes with the next frame: it is where it was when this began.
    const scrollers = new Map([...oc.ancestry(oc.aimed?.deref())].map((at) => [at, [at.scrollLeft, at.scrollTop]]));
    const isPlaced = (at) => at.nodeType === Node.DOCUMENT_NODE || "" + scrollers.get(at) === "" + [at.scrollLeft, at.scrollTop];
    const hear = (event) => {
      const { type, target } = event;
      // Windows are compared below.
      if (type === "scroll") act.scrolled ||= !isPlaced(target);
      else if (type === "pointerup") act.released++, act.wake();
      else if (type === "click") downloads(event) && act.clicks.push(event);
      else act.changed = true;
    };
    const heard = [...windows(outermost())];
    const types = [...NEWS, "scroll", "pointerup", "click"];
    for (const window of heard) for (const type of types) window.addEventListener(type, hear, { capture: true, passive: true });
    const documents = heard.map((window) => window.document);
    const rootsNow = () => documents.flatMap((document) => [...oc.roots(document)]);
    const roots = rootsNow();
    for (const root of roots) observer.observe(root, ALL);
    const controls = roots.map(held);
    const visible = shows ? shown(roots) : 0;
    const lists = [selected, () => sheets(roots), moving, () => [innerWidth, innerHeight]].map((list) => [list, list()]);
    const places = heard.map((window) => [window, window.scrollX, window.scrollY]);
    act.look = () => {
      act.changed ||= observer.takeRecords().length > 0 || roots.some((root, at) => held(root) !== controls[at]);
      act.changed ||= shows && shown(roots) !== visible;
      // No observer is told of a shadow root on an element that was there.
      act.changed ||= !isSame(rootsNow(), roots);
      act.changed ||= !lists.every(([list, before]) => isSame(list(), before));
      act.scrolled ||= [...scrollers.keys()].some((at) => !isPlaced(at));
      act.scrolled ||= places.some(([window, x, y]) => window.scrollX !== x || window.scrollY !== y);
    };
    act.end = () => {
      observer.disconnect();
      for (const window of heard) for (const type of types) window.removeEventListener(type, hear, true);
    };
    acts.set(id, act);
  };

  /** The same after something that is asked for first, if that succeeds. */
  oc.armAfter = async (id, asked, shows) => {
    const answer = await asked;
    if (!answer.fail) oc.arm(id, shows);
    return answer;
  };

  const end = (id) => {
    acts.get(id)?.end();
    acts.delete(id);
  };

  /** Watches no longer. */
  oc.untold = end;

  // What an act has changed, once the mouse was let go so often and what the page put off until then is done; null when
  // this document was not armed. `goes`: it is asked again. `scrolls`: it may have begun to scroll
  // something. Frames that the page has asked for are waited for, and timers that are due at once; `deferred`: nothing has
  // changed, and the page has asked for more of them. `undrawn`: a frame did not come, as in a window behind another one; it is
  // asked again while it is filmed.
  // -> {changed, scrolled, deferred, undrawn, downloads, title, before, focus: null | {n?, element?}, next}
  oc.told = async (id, { count = 0, goes = false, scrolls = false } = {}) => {
    const act = acts.get(id);
    if (!act) return null;
    if (count > 0) await oc.releases(act, count);
    // The first task follows the event, the second whatever the page has put off while it handled it.
    await oc.task();
    await oc.task();
    act.look();
    const moves = () => (act.focus.deref() ?? null) !== (focusOf() ?? document);
    const isStill = () => !act.changed && !act.scrolled && !moves();
    let off = act.putOff();
    let timers = off.timers;
    for (let left = FRAMES; left > 0 && isStill(); left--) {
      if (act.owes || off.frames > 0 || (scrolls && canScroll())) act.owes = !(await oc.frame(act.owes ? DRAWS : undefined));
      else if (off.timers > 0) await oc.due();
      else break;
      off = act.putOff();
      timers += off.timers;
      act.look();
      if (act.owes) break;
    }
    const focus = focusOf();
    const moved = moves();
    const told = { changed: act.changed, scrolled: act.scrolled, before: act.title, title: document.title };
    told.deferred = (act.owes || timers + off.frames > 0) && !act.changed && !act.scrolled;
    told.undrawn = act.owes && isStill();
    told.downloads = act.clicks.filter((click) => !click.defaultPrevented).length;
    told.focus = moved ? (focus ? { n: oc.refOf(focus), element: oc.tagOf(focus) } : {}) : null;
    told.next = oc.next;
    if (!goes && !told.undrawn) end(id);
    return told;
  };
})();
