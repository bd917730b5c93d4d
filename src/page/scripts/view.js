// What the viewport shows of a document, and what an open dialog holds. It looks at numbered elements only, so it
// is asked after a walk; it knows nothing of texts.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.view) return;

  const DIALOGS = "dialog[open],[aria-modal='true'],[role='dialog'],[role='alertdialog'],[popover]";

  const FRAMES = ["iframe", "frame", "object", "embed"];

  const none = { x: 0, y: 0, width: 0, height: 0 };

  const crossing = (a, b) => {
    const x = Math.max(a.x, b.x), y = Math.max(a.y, b.y);
    const width = Math.min(a.x + a.width, b.x + b.width) - x, height = Math.min(a.y + a.height, b.y + b.height) - y;
    return width > 0 && height > 0 ? { x, y, width, height } : none;
  };

  /** `clip`: the part of this document that can be seen at all, in its own viewport's pixels; null for all of it.
      `beyond`: what scrolling the document would show counts as seen. `wanted`: numbers whose boxes are wanted. Yields the numbers that are seen and those in an open dialog, each
      frame with the place of its content and what can be seen of it, and the boxes. */
  oc.view = ({ clip = null, beyond = false, wanted = [] } = {}) => {
    const page = document.scrollingElement ?? document.documentElement;
    const whole = beyond
      ? { x: -scrollX, y: -scrollY, width: page.scrollWidth, height: page.scrollHeight }
      : { x: 0, y: 0, width: innerWidth, height: innerHeight };
    const shown = clip ? crossing(clip, whole) : whole;
    const clips = new Map([[null, shown]]);
    const dialogs = [...document.querySelectorAll(DIALOGS), ...oc.modals()].filter(isOpen);
    const result = { width: innerWidth, height: innerHeight, left: scrollX, top: scrollY, seen: [], dialog: [], frames: [], boxes: [] };
    oc.each((element, n) => {
      const box = oc.outline(element);
      const visible = crossing(box, shown).width > 0 ? crossing(box, clipAround(element, clips)) : none;
      if (visible.width > 0) result.seen.push(n);
      if (dialogs.length && isInside(element, dialogs)) result.dialog.push(n);
      if (FRAMES.includes(element.localName)) {
        const x = box.x + element.clientLeft, y = box.y + element.clientTop;
        result.frames.push([n, x, y, visible.x - x, visible.y - y, visible.width, visible.height]);
      }
    });
    for (const n of wanted) {
      const element = oc.node(n);
      if (!element) continue;
      const { x, y, width, height } = oc.outline(element);
      result.boxes.push([n, x, y, width, height]);
    }
    return result;
  };

  const isOpen = (dialog) => {
    if (dialog.hasAttribute("popover") && !dialog.matches(":popover-open")) return false;
    const box = dialog.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && dialog.checkVisibility({ visibilityProperty: true });
  };

  const isInside = (element, dialogs) => {
    for (let node = element; node; node = oc.parent(node)) if (dialogs.includes(node)) return true;
    return false;
  };

  // What the boxes around an element let through: each ancestor is asked once.
  function clipAround(element, clips) {
    const path = [];
    let node = oc.parent(element);
    while (node && !clips.has(node)) {
      path.push(node);
      node = oc.parent(node);
    }
    let clip = clips.get(node);
    for (const ancestor of path.reverse()) {
      if (ancestor !== document.body && ancestor !== document.documentElement && cuts(ancestor)) {
        clip = crossing(clip, ancestor.getBoundingClientRect());
      }
      clips.set(ancestor, clip);
    }
    return clip;
  }

  const cuts = (element) =>
    (element.scrollHeight > element.clientHeight || element.scrollWidth > element.clientWidth) &&
    getComputedStyle(element).overflow !== "visible";
})();
