// From an element to a point where the mouse reaches it, or the reason why it can't.
// It scrolls and looks; it sends no events and writes nothing into the document.
// Needs pace.js, target.js, rivals.js and motion.js.
(() => {
  const oc = globalThis.__openclaw;
  const { movers, isNew, isEndless, isEnding, drift, look } = oc.motion;
  const LONGEST_SETTLING = 1000; // ms; what still moves then is reported as it is
  const LOOKS = 50; // ms in which a culprit is looked at again, since a script may be fading or moving it
  const GRACE = 120; // ms after the last animation: room for the script that removes a faded overlay
  const ENOUGH = 8; // px of an element that must show before it is used without scrolling

  const CHANGE = 100; // ms
  const LEAST_PAUSE = 15; // ms
  const NEWS = ["transitionend", "transitioncancel", "animationend", "animationcancel", "load", "scroll", "resize"];
  const FINAL = ["gone", "many", "badSelector", "unfillable", "notEditable", "notNumeric", "format", "notSelect", "isOption", "notMultiple", "notCheckable", "staysOn"];

  // Shares of a box's width and height: the centre, then points ever nearer to the edges.
  const SPOTS = [
    [0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75], [0.25, 0.25], [0.75, 0.25], [0.25, 0.75],
    [0.75, 0.75], [0.06, 0.5], [0.94, 0.5], [0.5, 0.06], [0.5, 0.94], [0.06, 0.06], [0.94, 0.06], [0.06, 0.94],
    [0.94, 0.94],
  ];

  const viewport = () => {
    const scroller = document.scrollingElement;
    return { left: 0, top: 0, right: scroller?.clientWidth || innerWidth, bottom: scroller?.clientHeight || innerHeight };
  };

  const intersect = (a, b) => ({
    left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
  });
  const width = (box) => box.right - box.left;
  const height = (box) => box.bottom - box.top;

  // The part of the viewport that the element's scrolling ancestors leave open.
  const openingFor = (element) => {
    let opening = viewport();
    for (const at of oc.ancestry(oc.parent(element) ?? element)) {
      if (at === document.body || at === document.documentElement) break;
      if (getComputedStyle(at).overflow.includes("visible")) continue;
      opening = intersect(opening, at.getBoundingClientRect());
    }
    return opening;
  };

  const enough = (box, part) =>
    width(part) >= Math.min(box.width, ENOUGH) && height(part) >= Math.min(box.height, ENOUGH);

  const partsWithin = (opening, element, sufficient) =>
    oc.boxes(element)
      .map((box) => [box, intersect(box, opening)])
      .filter(([box, part]) => width(part) > 0 && height(part) > 0 && sufficient(box, part))
      .map(([, part]) => part);

  // The visible parts of the element. Absolutely placed content may escape an ancestor's clip: then the viewport counts.
  const parts = (element, sufficient) => {
    const clipped = partsWithin(openingFor(element), element, sufficient);
    return clipped.length > 0 ? clipped : partsWithin(viewport(), element, sufficient);
  };

  // Whether enough of it shows, and no box has scrolled it away.
  const isShown = (element, sufficient = enough) =>
    partsWithin(openingFor(element), element, sufficient).length > 0 ||
    partsWithin(viewport(), element, sufficient).some((part) => oc.isWithin(elementAt(pointIn(part, [0.5, 0.5])), element));

  const isWhole = (element) => {
    const opening = openingFor(element);
    return oc.boxes(element).every((box) => {
      const part = intersect(box, opening);
      return width(part) >= box.width && height(part) >= box.height;
    });
  };

  const isClipped = (element) => partsWithin(openingFor(element), element, () => true).length === 0;

  const pointIn = (part, [across, down]) => {
    // Whole pixels where they fit: mouse events report them, so what was tested is what will be hit.
    const whole = (from, size, share) => Math.max(from, Math.floor(from + size * share));
    return { x: whole(part.left, width(part), across), y: whole(part.top, height(part), down) };
  };

  // The innermost element at a point, through open shadow roots; the uppermost that `counts`, when that is asked.
  const elementAt = ({ x, y }, counts) => {
    const first = (root) => (counts ? root.elementsFromPoint(x, y).find(counts) ?? null : root.elementFromPoint(x, y));
    let hit = first(document);
    while (hit && oc.shadow(hit)) {
      const inner = first(oc.shadow(hit));
      if (!inner || inner === hit || inner.getRootNode() !== oc.shadow(hit)) break;
      hit = inner;
    }
    return hit;
  };

  // Whether a click on `hit` is a click on the element.
  const reaches = (hit, element) => {
    if (oc.isWithin(hit, element)) return true;
    if (element.localName === "label" && element.control && oc.isWithin(hit, element.control)) return true;
    const label = [...oc.ancestry(hit)].find((at) => at.localName === "label");
    if (label?.control === element) {
      const other = hit.closest("a[href], button, input, select, textarea");
      return !other || !label.contains(other);
    }
    if (oc.isWithin(hit, oc.standInOf(element))) return true;
    // An icon that lets the mouse through belongs to the control around it.
    if (!passesMouse(element)) return false;
    const owner = element.closest("a[href], button, summary, label, [role=button], [role=link], [role=tab]");
    return owner !== null && oc.isWithin(hit, owner);
  };

  // {point} or {hit, rival?, inner?}: what lies over the first spot, or is a target of its own there inside the element; hit
  // is null when nothing of the element shows. `inner`: the point and the target inside that can be pressed in its place.
  const probe = (surface, element, rivalAt, sufficient = () => true) => {
    let seen = { hit: null };
    let second = null;
    let inner = null;
    for (const part of parts(surface, sufficient).slice(0, 4)) {
      for (const spot of SPOTS) {
        const point = pointIn(part, spot);
        const hit = elementAt(point);
        const isReached = hit !== null && reaches(hit, element);
        const rival = isReached ? rivalAt(hit, element) : null;
        if (isReached && !rival) return { point };
        if (rival?.isMeant) second ??= point;
        if (rival && !rival.acts) inner ??= { point, target: rival.target };
        if (!seen.hit || (rival && !seen.rival)) seen = { hit, rival };
      }
    }
    return second ? { point: second } : { ...seen, inner };
  };

  // Scrolling helps when nothing shows, or not all of what holds a target of its own, or when what covers the element stays where it is (sticky headers).
  const isWorthScrolling = ({ hit, rival }, surface) => {
    if (!hit) return true;
    if (rival) return !isWhole(surface);
    const fixed = [...oc.ancestry(hit)].find((at) => ["fixed", "sticky"].includes(getComputedStyle(at).position));
    if (!fixed) return false;
    const [box, view] = [fixed.getBoundingClientRect(), viewport()];
    return box.width < width(view) || box.height < height(view);
  };

  const locate = (surface, element, rivalAt, mayScroll) => {
    // A frame sees its own viewport only: the scroll reaches the frames around it, and does nothing when all show it.
    if (mayScroll && window !== top) oc.bring(surface, "nearest");
    let seen = probe(surface, element, rivalAt, enough);
    if (seen.point || !mayScroll) return seen.point ? seen : probe(surface, element, rivalAt);
    for (const block of ["center", "end", "start"]) {
      // What is seen at a place where an ancestor clips the element does not cover it.
      if (!isClipped(surface) && !isWorthScrolling(seen, surface)) break;
      oc.bring(surface, block, block === "center" ? "nearest" : "center");
      const next = probe(surface, element, rivalAt);
      if (next.point) return next;
      if (next.hit) seen = next;
    }
    return seen;
  };

  // What stands in for a control that is hidden or covered on purpose: its labels, or what draws it.
  const surfacesOf = (element) => {
    const isToggle = ["checkbox", "radio", "file"].includes(oc.kindOf(element));
    const surfaces = [element, ...(isToggle ? (element.labels ?? []) : [])].filter(oc.isVisible);
    return surfaces.length > 0 ? surfaces : [oc.standInOf(element)].filter(Boolean);
  };

  const boxOf = (surface) => {
    const { x, y, width, height } = oc.boxes(surface)[0] ?? surface.getBoundingClientRect();
    return { x, y, width, height };
  };

  /** The box of an element, whatever shows of it; null when there is none. */
  oc.areaOf = (spec) => {
    const { element } = oc.find(spec);
    if (!element) return null;
    const { x, y, width, height } = oc.outline(element);
    return { x, y, width, height };
  };

  const named = (element) => ({ n: oc.numberOf(element) ?? 0, element: oc.tagOf(element) });

  const attempt = (element, options, mayScroll) => {
    oc.aimed = new WeakRef(element);
    const kind = oc.kindOf(element);
    const about = { kind, element: oc.tagOf(element) };
    const select = kind === "option" ? element.closest("select") : null;
    if (select) about.select = oc.refOf(select);
    const disabler = options.hover ? null : oc.disabledBy(element);
    if (disabler) return oc.fail("disabled", { element: about.element, ...disabler });
    const inert = oc.inertBy(element);
    // A modal dialog makes all the rest inert, and lies over it.
    if (inert) return oc.fail(inert.hasAttribute("inert") ? "inert" : "covered", { by: oc.tagOf(inert), hit: inert });
    // The options of a closed list are drawn by the browser, not by the page: there is no point to tell.
    if (select && oc.boxes(element).length === 0) return { ok: about };
    // Whoever is only there is over all that lies inside, too.
    const rivalAt = options.hover ? () => null : oc.rivalAt;
    let worst = null;
    let through = null;
    for (const surface of surfacesOf(element)) {
      const { point, hit, rival, inner } = locate(surface, element, rivalAt, mayScroll);
      if (point) return { ok: { ...point, box: boxOf(surface), ...about } };
      // What fills a list or a row gets its clicks, unless it does something by itself that nobody asked for.
      if (inner) through ??= { ok: { ...inner.point, box: boxOf(surface), inner: named(inner.target), ...about }, inner: inner.target };
      if (rival) worst = oc.fail("covered", { by: oc.tagOf(rival.target), inner: oc.numberOf(rival.target) ?? 0, hit });
      else if (!hit) worst = oc.fail("offscreen", { element: about.element, ...clipOf(surface) });
      else if (!isClipped(surface)) worst = covered(hit, element);
      else worst ??= oc.fail("offscreen", { element: about.element, ...clipOf(surface) });
    }
    return through ?? worst ?? oc.fail("hidden", { element: about.element, ...oc.hiddenBy(element) });
  };

  // What keeps an element out of sight that has a box: the ancestor whose clip leaves nothing of it, or its place.
  const clipOf = (element) => {
    let opening = null;
    for (const at of oc.ancestry(oc.parent(element) ?? element)) {
      if (at === document.body || at === document.documentElement) break;
      if (getComputedStyle(at).overflow.includes("visible")) continue;
      const box = at.getBoundingClientRect();
      opening = opening ? intersect(opening, box) : box;
      if (partsWithin(opening, element, () => true).length === 0) return { by: oc.tagOf(at), how: "clips it" };
    }
    return { how: "it lies where nothing can be scrolled to" };
  };

  const passesMouse = (element) => getComputedStyle(element).pointerEvents === "none";

  const covered = (hit, element) => {
    // The mouse goes through it: whatever lies below is not what is in the way.
    if (passesMouse(element)) {
      const line = [...oc.ancestry(element)];
      const end = line.findIndex((at) => !passesMouse(at));
      const by = end < 0 ? line.at(-1) : line[end - 1];
      return oc.fail("passesMouse", { by: by === element ? undefined : oc.tagOf(by), hit });
    }
    // The outermost element that covers, and not the target's own ancestors: usually the dialog or banner as a whole.
    const around = [...oc.ancestry(hit)].filter((at) => !oc.isWithin(element, at)).at(-1);
    const culprit = { by: oc.tagOf(hit), hit };
    if (around && around !== hit) culprit.within = oc.tagOf(around);
    return oc.fail("covered", culprit);
  };

  // Whether to look again after the next frame, given this and the last attempt.
  const wantsAnotherLook = (now, last, element, changed) => {
    if (now.ok) {
      const moving = now.ok.box === undefined ? [] : movers(element);
      if (moving.length === 0) return false;
      if (!last?.ok || moving.some(isNew)) return true;
      // What never stops is clicked on the way, unless it is too fast to be where it was seen.
      return drift(last.ok.box, now.ok.box) > (moving.every(isEndless) ? 0.25 : 0);
    }
    const { why, hit } = now.fail;
    if (!["covered", "passesMouse", "inert", "hidden", "offscreen"].includes(why)) return false;
    const fades = hit && last?.look !== undefined && last.look !== now.look;
    if (fades || isEnding(element, why) || (hit && isEnding(hit, why))) changed.at = performance.now();
    return performance.now() < Math.max(changed.at + GRACE, hit ? changed.began + LOOKS : 0);
  };

  // Settles when the page may be another one: something in it changed, scrolled, loaded or came to rest; at the latest
  // after `most` ms, or CHANGE for what changes without telling.
  oc.change = (most) =>
    new Promise((resolve) => {
      const began = performance.now();
      const settle = () => {
        clearTimeout(timer);
        observer.disconnect();
        for (const type of NEWS) removeEventListener(type, settle, true);
        // However often a page changes, most of its time stays its own.
        oc.later(resolve, Math.max(0, began + LEAST_PAUSE - performance.now()));
      };
      const timer = oc.later(settle, Math.min(most, CHANGE));
      const observer = new MutationObserver(settle);
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      for (const type of NEWS) addEventListener(type, settle, { capture: true, passive: true });
    });

  // Asks `look` until it has no complaint that time may mend, or until the caller's patience is over. Without patience
  // it asks once. What was waited for in vain is told with the time that was waited.
  oc.patiently = async (look, { waitMs = 0 } = {}) => {
    const began = performance.now();
    for (;;) {
      const told = await look(Math.max(0, began + waitMs - performance.now()));
      const waited = performance.now() - began;
      if (!told.fail || waitMs === 0 || FINAL.includes(told.fail.why)) return told;
      if (waited >= waitMs) return oc.fail(told.fail.why, { ...told.fail, waitedMs: Math.round(waited) });
      await oc.change(waitMs - waited);
    }
  };

  // -> {ok: {x, y, box, kind, element, select?, inner?, renamed?, press?}}, in CSS pixels of this frame's viewport; x, y, box are missing for an
  // option of a closed list. Fails: gone, missing, many, badSelector, disabled, inert, hidden, offscreen, covered,
  // passesMouse, moving;
  // with `waitMs` only after that time, if it may still come right.
  oc.aim = (spec, options = {}) =>
    options.waitMs ? oc.patiently((left) => aim(spec, { ...options, timeoutMs: left }), options) : aim(spec, options);

  const aim = async (spec, options) => {
    const changed = { began: performance.now(), at: -Infinity };
    const end = changed.began + Math.min(options.timeoutMs ?? LONGEST_SETTLING, LONGEST_SETTLING);
    for (let last = null; ; await oc.frame()) {
      const { element, fail } = oc.find(spec);
      if (fail) return { fail };
      const now = attempt(element, options, last === null || last.ok);
      if (now.fail?.hit) now.look = look(now.fail.hit);
      // Whoever waits looks again anyway.
      if (now.fail && options.waitMs) return answer(now);
      if (!wantsAnotherLook(now, last, element, changed)) {
        if (now.ok && spec.n !== undefined) now.ok.renamed = oc.renamed(element);
        if (options.press && now.ok?.box) now.ok.press = expect(element, now, options.timeoutMs);
        return answer(now);
      }
      if (performance.now() >= end) return now.ok ? oc.fail("moving", { element: now.ok.element }) : answer(now);
      last = now;
    }
  };

  // The press that is on its way: what it is meant for, and where.
  const MEETING = 2; // px by which the point of a press may differ from the one that was aimed at
  const PRESSING = ["pointerdown", "mousedown", "pointerup", "mouseup", "click", "auxclick", "dblclick", "contextmenu"];
  let press = { number: 0, until: 0 };

  // A new element that was put in the place of one, and reads as it did, is taken for it; a neighbour that moved up is not.
  const replaces = (hit, { element, alike }) =>
    !element.isConnected &&
    [...oc.ancestry(hit)].some((at) => {
      return at.localName === element.localName && at.textContent === element.textContent && !alike.has(at);
    });

  // The mouse comes before it presses, and a page may answer by putting something else there: another picture that is
  // not loaded yet, a menu. Such a press is kept from the page, so that it can be tried again.
  const judge = (event) => {
    if (!event.isTrusted || performance.now() > press.until) return;
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) > MEETING) return;
    if (event.type === "pointerdown" && !press.heard) {
      press.heard = true;
      const hit = elementAt({ x: event.clientX, y: event.clientY });
      const rival = hit && oc.rivalAt(hit, press.element);
      if (rival && !rival.isMeant && rival.target !== press.inner) press.missed = oc.tagOf(rival.target);
      else if (hit && !reaches(hit, press.element) && !replaces(hit, press)) press.missed = oc.tagOf(hit);
      press.down = event.composedPath()[0];
      press.awaited = CLICKS[event.button];
    }
    if (event.type === press.awaited) {
      if (arrives(event)) press.clicks++;
      else press.astray = oc.tagOf(event.composedPath()[0]);
    }
    if (press.missed !== undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    if (event.type === "pointerup") press.released++, press.wake();
  };

  const CLICKS = ["click", "auxclick", "contextmenu"]; // by button

  // Whether an event is at what is pressed. Of a closed shadow tree the document hears the host only.
  const arrives = (event) => {
    const hit = event.composedPath()[0];
    if (reaches(hit, press.element) || replaces(hit, press)) return true;
    for (let root = press.element.getRootNode(); root.host; root = root.host.getRootNode()) if (root.host === hit) return true;
    return false;
  };

  // What became of a click that did not come at its target, as far as that can be known: a page may keep events from
  // everybody, and a frame keeps those that it gets. -> {clicks, to?, how?} or undefined.
  const lost = ({ heard, clicks, astray, down, released, element, x, y }, count) => {
    if (!heard || clicks >= count) return undefined;
    if (astray) return { clicks, to: astray };
    if (!down.isConnected) return { clicks, how: element.isConnected ? "redrawn" : "removed" };
    if (oc.isDisabled(element)) return { clicks, how: "disabled" };
    const hit = released < count && elementAt({ x, y });
    return hit && !reaches(hit, element) ? { clicks, to: oc.tagOf(hit) } : undefined;
  };

  // One click on what draws a control is for another state; a radio button that is on stays on.
  const keeps = ({ drawn, was, clicks, awaited, element }, count) =>
    drawn && awaited === "click" && clicks === 1 && count === 1 && element.checked === was && !(was && element.type === "radio");

  // Listens only while a press is on its way: as long as a page has no listener at all, a snapshot need not look for any.
  const expect = (element, { ok: { x, y }, inner }, most) => {
    for (const type of PRESSING) addEventListener(type, judge, true);
    const until = performance.now() + most;
    const alike = new WeakSet(element.getRootNode().querySelectorAll(element.localName));
    const drawn = oc.standInOf(element);
    const was = element.checked;
    press = { number: press.number + 1, element, inner, alike, drawn, was, x, y, until, heard: false, clicks: 0, released: 0, wake: () => {} };
    return press.number;
  };

  // Runs beside a press that aim() has numbered. -> {missed}: what lay there instead, and the page has not heard of it;
  // else what `then` answers, and {lost}: the page has heard of the press, and no click came at what was pressed, or {kept}:
  // what draws the control was pressed, and the control is as it was.
  oc.pressed = async (number, count, then) => {
    const mine = press;
    if (mine.number !== number) return then();
    await oc.releases(mine, count);
    const told = mine.missed === undefined ? await then() : null;
    // What follows a release is heard with it.
    if (told === null) await oc.task();
    if (press === mine) {
      press = { number, until: 0 };
      for (const type of PRESSING) removeEventListener(type, judge, true);
    }
    if (mine.missed !== undefined) return { missed: mine.missed };
    const without = lost(mine, count);
    if (without) return { ...told, lost: without };
    return keeps(mine, count) ? { ...told, kept: oc.tagOf(mine.drawn) } : told;
  };

  const answer = ({ ok, fail }) => {
    if (ok) return { ok };
    const { hit, ...culprit } = fail;
    return { fail: culprit };
  };

  // A point of a child frame's viewport as a point of this one; `spec` is the frame's element.
  oc.through = (spec, inner) => {
    const { element, fail } = oc.find(spec);
    if (fail) return { fail };
    const place = () => {
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const scale = [box.width / element.offsetWidth || 1, box.height / element.offsetHeight || 1];
      return {
        x: box.left + (element.clientLeft + parseFloat(style.paddingLeft) + inner.x) * scale[0],
        y: box.top + (element.clientTop + parseFloat(style.paddingTop) + inner.y) * scale[1],
      };
    };
    const { right, bottom } = viewport();
    const shows = ({ x, y }) => x >= 0 && y >= 0 && x < right && y < bottom;
    if (!shows(place())) oc.bring(element, "nearest");
    if (!shows(place())) scrollBy({ left: place().x - right / 2, top: place().y - bottom / 2, behavior: "instant" });
    const point = place();
    if (!shows(point)) return oc.fail("offscreen", { element: oc.tagOf(element) });
    const hit = elementAt(point);
    return hit && !oc.isWithin(hit, element) ? answer(covered(hit, element)) : { ok: point };
  };

  oc.frames = async (count) => {
    for (let n = 0; n < count; n++) await oc.frame();
    return { ok: true };
  };

  // Whether a point lies in this viewport. -> {ok: {element}}, what is there; fails: outside {width, height}.
  oc.at = ({ x, y }) => {
    const { right, bottom } = viewport();
    if (x >= right || y >= bottom) return oc.fail("outside", { width: right, height: bottom });
    const hit = elementAt({ x, y });
    return { ok: { element: hit ? oc.tagOf(hit) : "" } };
  };

  // -> {ok: {box, element}}, and something of it shows. Fails: as find(), and hidden, offscreen.
  oc.scrollIntoView = (spec, options) => oc.patiently(() => scrollTo(spec), options);

  const scrollTo = (spec) => {
    const { element, fail } = oc.find(spec);
    if (fail) return { fail };
    if (!oc.isVisible(element)) return oc.fail("hidden", { element: oc.tagOf(element), ...oc.hiddenBy(element) });
    if (window !== top || !isShown(element)) {
      oc.bring(element, "center");
    }
    if (!isShown(element, () => true)) return oc.fail("offscreen", { element: oc.tagOf(element), ...clipOf(element) });
    return { ok: { box: boxOf(element), element: oc.tagOf(element) } };
  };

  oc.reach = { elementAt, reaches, isShown, parts, pointIn, locate, clipOf };
})();
