// Where something that is dragged can be let go over an element, and what it was let go on.
// It listens and looks; the mouse is moved from outside. Needs target.js and aim.js.
(() => {
  const oc = globalThis.__openclaw;
  const { elementAt, reaches, isShown, parts, pointIn, locate, clipOf } = oc.reach;
  const HEARD = ["dragstart", "pointermove", "dragover", "pointerup", "drop"];

  let drag = null;

  // Notes what has moved since the mouse was there: that goes with it.
  const follow = () => {
    for (const [at, { x, y }] of drag.trail) {
      const now = at.getBoundingClientRect();
      if (now.x !== x || now.y !== y) drag.carried.add(at);
    }
  };

  // Whether something is, or is a part of, what goes with the mouse; what holds the target, too, does not lie over it.
  const isCarried = (hit) => {
    for (const at of oc.ancestry(hit)) {
      if (oc.isWithin(drag.element, at)) return false;
      if (drag.carried.has(at)) return true;
    }
    return false;
  };

  // What lies at a point in place of the target; null when that does. What is dragged there is not in its way.
  const elseAt = (point) => {
    const hit = elementAt(point, (at) => !isCarried(at));
    return hit && !reaches(hit, drag.element) ? hit : null;
  };

  const lies = (element, { x, y }) =>
    oc.boxes(element).some((box) => x >= box.left && x < box.right && y >= box.top && y < box.bottom);

  const middle = (element) => {
    const [part] = parts(element, () => true);
    return part && pointIn(part, [0.5, 0.5]);
  };

  const hear = (event) => {
    if (event.type === "dragstart") return void (drag.start = event);
    if (!event.isTrusted) return;
    follow();
    const before = drag.at;
    drag.at = { x: event.clientX, y: event.clientY };
    if (drag.element) {
      drag.other = elseAt(drag.at);
      drag.reached ||= drag.other === null;
      // A page that has heard of it may make room by moving it away.
      if (drag.reached && !lies(drag.element, drag.at)) drag.other = null;
    }
    if (event.type === "drop") drag.dropped = true;
    if (["drop", "pointerup"].includes(event.type)) return end();
    const under = before ? document.elementsFromPoint(before.x, before.y) : [];
    drag.trail = under.map((at) => [at, at.getBoundingClientRect()]);
  };

  const end = () => {
    for (const type of HEARD) removeEventListener(type, hear, true);
  };

  // Begins to listen for drags in this document.
  oc.watchDrags = () => {
    for (const type of HEARD) addEventListener(type, hear, true);
    drag = { start: null, at: null, trail: [], carried: new WeakSet(), element: null, other: null, reached: false, dropped: false };
    return { ok: true };
  };

  // Whether a drag began here that the page did not forbid. -> {ok: boolean}
  oc.hasDragBegun = () => ({ ok: drag?.start != null && !drag.start.defaultPrevented });

  // Where to let go over an element, scrolled to if need be: in the middle of what shows of it, or where else nothing
  // covers it. What covers all of it since the drag began does so at the page's wish. -> {ok: {x, y}}
  oc.landing = (spec) => {
    const { element, fail } = oc.find(spec);
    if (fail) return { fail };
    if (!drag) oc.watchDrags();
    follow();
    drag.element = element;
    if (!isShown(element)) oc.bring(element, "center");
    let point = middle(element);
    if (!point) return oc.fail("offscreen", { element: oc.tagOf(element), ...clipOf(element) });
    if (elseAt(point)) point = locate(element, element, () => null, true).point ?? middle(element) ?? point;
    // What was scrolled was not carried.
    drag.trail = [];
    return { ok: point };
  };

  // -> {ok: {dropped, on?}}: whether data was dropped in this document, and what lay at the point in place of the target.
  oc.landed = () => {
    if (!drag) return { ok: { dropped: false } };
    end();
    const { dropped, other } = drag;
    return { ok: { dropped, on: other ? oc.tagOf(other) : undefined } };
  };
})();
