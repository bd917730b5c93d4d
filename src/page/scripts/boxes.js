// Which plain boxes Chromium's accessibility tree tells, for the style that follows it node by node: those on which
// something happens, those with words of their own, those that are placed or scroll, and those that hold a line.
// It reads only, and lays out no more than it must: it is asked of boxes alone, and of that style alone.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.plainBoxes) return;
  const { css, roles, describe } = oc;
  const boxes = (oc.plainBoxes = {});

  const words = (text) => new Set(text.split(" "));
  const TAGS = words("section header footer label legend object embed");
  const FLOWS = words("block inline-block list-item flow-root table-cell table-caption");

  /** Whether it is told, if its role does not say so already. */
  boxes.isTold = (element, tag, role, look) => {
    if (role !== "generic" && role !== "paragraph" && !(role === "group" && tag === "address")) return true;
    if (TAGS.has(tag) || describe.listens(element)) return true;
    if (element.hasAttributes() && means(element, tag)) return true;
    const { display, style } = look;
    if (display.startsWith("inline-") && (element.nextElementSibling || element.previousElementSibling)) return true;
    if (tag === "span") return false;
    if (style.position !== "static" || scrolls(element, style)) return true;
    return FLOWS.has(display) && style.columnCount === "auto" && style.columnWidth === "auto" && holdsLine(element, style);
  };

  function means(element, tag) {
    if (element.id && tag !== "label" && element.getRootNode() === document) return true;
    if (element.getAttribute("title") || element.hasAttribute("role") || element.hasAttribute("onclick")) return true;
    const editable = element.getAttribute("contenteditable");
    if ((editable !== null && editable !== "false") || (tag !== "body" && roles.focusable(element))) return true;
    return element.getAttributeNames().some((name) => name.startsWith("aria-"));
  }

  const scrolls = (element, style) =>
    (style.overflowX !== "visible" || style.overflowY !== "visible") &&
    (element.scrollHeight > element.clientHeight || element.scrollWidth > element.clientWidth);

  // A block has either lines or blocks in it. What floats or is placed is in neither.
  function holdsLine(element, style) {
    const kinds = new Set();
    for (const which of ["::before", "::after"]) {
      const made = getComputedStyle(element, which);
      if (made.content !== "none" && made.content !== "normal" && made.display !== "none") kinds.add(kind(made));
    }
    collect(element, kinds, style.whiteSpaceCollapse);
    return kinds.size > 0 && !kinds.has("block");
  }

  function collect(element, kinds, spaces) {
    for (const node of css.children(element) || element.childNodes) {
      if (node.nodeType === 3) {
        if (spaces !== "collapse" ? node.data : node.data.trim()) kinds.add("line");
      } else if (node.nodeType === 1) {
        const { display, shown, style } = css.look(node);
        if (display === "contents") collect(node, kinds, spaces);
        else if (shown) kinds.add(kind(style));
      }
      if (kinds.has("block")) return;
    }
  }

  const kind = (style) =>
    style.position === "absolute" || style.position === "fixed" || style.float !== "none" ? "loose"
    : style.display.startsWith("inline") || style.display === "ruby" ? "line" : "block";
})();
