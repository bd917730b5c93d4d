// The accessible name of an element: accname 1.2 with the host-language rules of HTML-AAM and SVG-AAM.
// It knows nothing of what is printed; hidden text is left out unless a reference asks for it.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.names) return;
  const { css, eye, roles } = oc;
  const names = (oc.names = {});

  const words = (text) => new Set(text.split(" "));
  const FROM_CONTENT = words(
    "button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row " +
    "rowheader switch tab tooltip treeitem DisclosureTriangle");
  const SILENT = words("script style noscript template head title meta link base datalist");
  const FIELDS = words("textbox searchbox");
  const RANGES = words("slider spinbutton scrollbar progressbar meter");
  const PLAIN = words("a button li td th h1 h2 h3 h4 h5 h6 div span");
  const NAMING = ["aria-label", "aria-labelledby", "aria-owns"];
  const LABELABLE = words("button input meter output progress select textarea");

  // Content nested deeper than this adds nothing to a name; the engine's stack must not end before.
  const DEEPEST = 256;

  let plain, labelsOf, depth, exact, odd, unread;
  /** Begins a walk. Modes "role" and "aria": as Chromium's own tree would have it; "aria" to the letter. */
  names.begin = (mode) => {
    exact = mode === "role" || mode === "aria";
    [odd, unread] = mode === "aria" ? [ODD, NOTHING] : [ODD_OR_UNREAD, UNREAD];
    plain = new Map();
    labelsOf = new Map();
    depth = 0;
  };

  names.end = () => {
    plain = labelsOf = undefined;
  };

  // Zero-width spaces and soft hyphens are not read, though Chromium's tree has them.
  const [UNREAD, NOTHING] = [/[\u200b\u00ad]/g, /(?!)/];
  const [ODD_OR_UNREAD, ODD] = [/[^\S ]|  |[\u200b\u00ad]/, /[^\S ]|  /];

  /** A text without what is not read, its blanks as single spaces. */
  names.even = (text) => (odd.test(text) ? text.replace(unread, "").replace(/\s+/g, " ") : text);

  /** The same without blanks at its ends. */
  const tidy = (names.tidy = (text) => names.even(text).trim());

  names.fromContent = (role) => FROM_CONTENT.has(role);

  // Chromium calls a row by its cells only where rows are chosen: in a grid.
  names.isFromContent = (element, role) => FROM_CONTENT.has(role) && !(exact && role === "row" && !roles.inGrid(element));

  // What these say is text; Chromium makes their `title` a description.
  const BOXES = words("span div pre i b small");
  const UNTITLED = words("paragraph strong emphasis code superscript subscript time mark definition deletion insertion caption none");

  /** The name of an element that has this role; empty when it has none. */
  names.of = (element, role) => {
    // Most boxes have nothing that could name them; this line decides the speed of the whole walk.
    const fromContent = names.isFromContent(element, role);
    if (!fromContent && !element.hasAttributes() && !HOST[element.localName] && !oc.saidBy(element)) return "";
    if (fromContent && PLAIN.has(element.localName)) {
      const text = onlyText(element);
      if (text !== "") return text;
    }
    return tidy(alternative(element, role, { root: element, referenced: false, inside: false, hidden: false, seen: null, used: { nodes: null } }));
  };

  // Most links, buttons, cells and headings hold one text and nothing else that could name them.
  function onlyText(element) {
    const only = element.firstChild;
    if (only === null || only.nodeType !== 3 || only.nextSibling !== null) return "";
    if (element.hasAttributes()) for (const name of NAMING) if (element.hasAttribute(name)) return "";
    if (LABELABLE.has(element.localName) && labelled(element.getRootNode()).size) return "";
    if (css.pseudo(element, "::before") || css.pseudo(element, "::after") || css.skips(element)) return "";
    return oc.shadow(element) || !css.look(element).visible ? "" : tidy(written(only, element));
  }

  // `c`: root, the element named; referenced, within an aria-labelledby target; inside, within a label or
  // content of the root; hidden, hidden nodes count (their root was referenced); seen, nodes on a reference path;
  // used, nodes that a reference has brought into this name already: they are not read a second time.
  function alternative(element, role, c) {
    if (c.seen && c.seen.has(element)) return "";
    if (!c.referenced && element.hasAttributes()) {
      const text = labelledBy(element, c);
      if (text) return text;
    }
    if (c.used.nodes && !c.referenced && c.used.nodes.has(element)) return "";
    if (c.inside && element !== c.root) {
      const value = embedded(element, role, c);
      if (value !== null) return value;
    }
    if (element.hasAttributes()) {
      const label = element.localName !== "slot" && element.getAttribute("aria-label");
      if (label && label.trim()) return label;
    }
    const said = oc.saidBy(element)?.label;
    if (said) return said;
    if (role !== "none" || element.localName === "img" || element.localName === "input") {
      const host = HOST[element.localName];
      const text = host && host(element, role, c);
      if (text) return text;
    }
    if (c.inside || c.referenced || names.isFromContent(element, role)) {
      const text = content(element, c);
      if (text.trim() || (exact && text.includes("\u00a0"))) return text;
      return tooltip(element, role) || text;
    }
    return tooltip(element, role);
  }

  function labelledBy(element, c) {
    if (!element.hasAttribute("aria-labelledby")) return "";
    const parts = [];
    for (const target of labellers(element)) {
      if (!c.used.nodes?.has(target)) parts.push(referenced(target, element, c));
    }
    return parts.join(" ").trim();
  }

  // Elements set by script leave an empty attribute.
  function labellers(element) {
    const ids = element.getAttribute("aria-labelledby").trim();
    if (!ids) return element.ariaLabelledByElements || [];
    const root = element.getRootNode();
    if (!root.getElementById) return [];
    return ids.split(/\s+/).map((id) => root.getElementById(id)).filter((target) => target !== null);
  }

  function referenced(target, from, c) {
    const seen = new Set(c.seen || []);
    if (target !== from) seen.add(from);
    const hidden = css.hidden(target);
    const inner = { root: target === from ? from : c.root, referenced: true, inside: true, hidden, seen, used: c.used };
    const text = tidy(alternative(target, roles.of(target), inner));
    (c.used.nodes ||= new Set()).add(target);
    return text;
  }

  // What a control within another's label says is its value, not its name.
  function embedded(element, role, c) {
    const name = element.localName;
    if (FIELDS.has(role) || (role === "combobox" && name === "input")) {
      if (name === "input" || name === "textarea") return oc.describe.secret(element) ? "" : element.value;
      return content(element, c);
    }
    if (role === "combobox" || role === "listbox") return selection(element, c);
    if (RANGES.has(role)) return rangeValue(element);
    if (role === "menu" || role === "menubar" || role === "tree") return "";
    // The items below an item of a tree are no part of what it is called.
    if (role === "group" && roles.of(c.root) === "treeitem") return "";
    return null;
  }

  function selection(element, c) {
    if (element.localName === "select") return [...element.selectedOptions].map(optionText).join(" ");
    const list = element.getAttribute("role") === "combobox" ? ownList(element) || element : element;
    const chosen = [...list.querySelectorAll('[role="option"][aria-selected="true"]')];
    if (chosen.length) return chosen.map((option) => tidy(alternative(option, "option", { ...c, root: option }))).join(" ");
    return element.getAttribute("role") === "combobox" ? content(element, c) : "";
  }

  function ownList(element) {
    const ids = (element.getAttribute("aria-controls") || element.getAttribute("aria-owns") || "").trim();
    const root = element.getRootNode();
    return ids && root.getElementById ? root.getElementById(ids.split(/\s+/)[0]) : null;
  }

  function rangeValue(element) {
    const text = element.getAttribute("aria-valuetext");
    if (text) return text;
    const now = element.getAttribute("aria-valuenow");
    if (now) return now;
    return element.value === undefined ? null : String(element.value);
  }

  const optionText = (option) => option.label || option.text;
  names.optionText = (option) => tidy(optionText(option));

  /** What is said of an element beside its name: by another element, in so many words, or by a `title` that is not
      its name. */
  names.description = (element, name) => {
    const ids = (element.getAttribute("aria-describedby") || "").trim().split(/\s+/);
    const root = element.getRootNode();
    const targets = ids[0] && root.getElementById ? ids.map((id) => root.getElementById(id)) : element.ariaDescribedByElements || [];
    const parts = targets.filter((target) => target !== null).map((target) => {
      const inner = { root: element, referenced: true, inside: true, hidden: css.hidden(target), seen: null, used: { nodes: null } };
      return tidy(alternative(target, roles.of(target), inner));
    });
    const text = parts.filter((part) => part).join(" ") || tidy(element.getAttribute("aria-description") || "") || tidy(element.getAttribute("title") || "");
    return text === name ? "" : text;
  };

  // ---------------------------------------------------------------- content

  function content(element, c) {
    // What a style draws on an input is a picture of its state.
    if (element.localName === "input") return "";
    const simple = !c.referenced && !c.hidden && !c.seen && !c.used.nodes;
    if (simple) {
      const known = plain.get(element);
      if (known !== undefined) return known;
    }
    if (depth >= DEEPEST) return "";
    depth++;
    const text = gather(element, c.inside ? c : { ...c, inside: true });
    depth--;
    if (simple && !c.used.nodes) plain.set(element, text);
    return text;
  }

  function gather(element, c) {
    const only = element.firstChild;
    // One text child and nothing generated is what most links and buttons are.
    let text = css.pseudo(element, "::before");
    if (only && only === element.lastChild && only.nodeType === 3 && !oc.shadow(element) && element.localName !== "slot" && !(element.hasAttributes() && element.hasAttribute("aria-owns"))) {
      if (c.hidden || css.look(element).visible) text += written(only, element);
    } else if (c.hidden || !css.skips(element)) {
      const visible = c.hidden || css.look(element).visible;
      const special = css.children(element);
      if (special) for (const child of special) text += nodeText(child, element, visible, c);
      else for (let child = only; child; child = child.nextSibling) text += nodeText(child, element, visible, c);
    } else if (element.localName === "details") {
      const summary = css.summaryOf(element);
      if (summary) text += childText(summary, c);
    }
    return text + css.pseudo(element, "::after");
  }

  const nodeText = (node, element, visible, c) =>
    node.nodeType === 1 ? childText(node, c) : node.nodeType === 3 && visible ? written(node, element) : "";

  // As it is shown, when it is asked for as Chromium's tree would have it.
  function written(node, element) {
    const { data } = node;
    if (eye.isDotted(element)) return "";
    return exact ? css.transformed(data, element) : data;
  }

  function childText(child, c) {
    if (SILENT.has(child.localName)) return "";
    if (child.localName === "br" || (exact && child.localName === "wbr")) return " ";
    const look = css.look(child);
    if (!c.hidden) {
      if (!look.shown || child.getAttribute("aria-hidden") === "true") return "";
    } else if (child.namespaceURI === SVG && child.localName === "title") return "";
    const role = roles.of(child);
    const text = alternative(child, role, c);
    if (!exact) return look.display === "inline" || look.display === "contents" ? text : ` ${text} `;
    if (look.display === "inline") {
      return role === "img" || child.localName === "svg" || APART.has(role) || (child.hasAttributes() && alone(child)) ? ` ${text} ` : text;
    }
    return text === "" && look.display.startsWith("inline-") && !APART.has(role) ? "" : ` ${text} `;
  }

  const APART = words("button textbox searchbox combobox listbox checkbox radio slider spinbutton");
  // What is called by something else than its content is a phrase of its own.
  const alone = (element) => element.hasAttribute("aria-label") || element.hasAttribute("aria-labelledby");

  // ---------------------------------------------------------------- host language

  const SVG = "http://www.w3.org/2000/svg";

  const labels = (element, c) => {
    const list = LABELABLE.has(element.localName) && labelled(element.getRootNode()).get(element);
    if (!list) return "";
    const parts = [];
    for (const label of list) {
      if (c.seen && c.seen.has(label)) continue;
      const hidden = css.hidden(label);
      const seen = new Set(c.seen || []).add(element);
      const inner = { root: element, referenced: false, inside: true, hidden, seen, used: c.used };
      parts.push(tidy(alternative(label, "generic", inner)));
    }
    return parts.join(" ").trim();
  };

  // The engine's own `labels` searches the whole document for each control: seconds on a page of thousands.
  function labelled(root) {
    let map = labelsOf.get(root);
    if (map === undefined) {
      map = new Map();
      for (const label of root.querySelectorAll("label")) {
        const control = label.control;
        if (!control) continue;
        const known = map.get(control);
        if (known) known.push(label);
        else map.set(control, [label]);
      }
      labelsOf.set(root, map);
    }
    return map;
  }

  /** Whether a label speaks for it. */
  names.isLabelled = (element) => labelled(element.getRootNode()).has(element);

  const childNamed = (element, name) => {
    for (const child of element.children) if (child.localName === name) return child;
    return null;
  };
  const byChild = (name) => (element, role, c) => {
    const child = childNamed(element, name);
    if (!child || (!c.hidden && css.hidden(child))) return "";
    return tidy(alternative(child, roles.of(child), { ...c, inside: true }));
  };
  const alt = (element) => (element.getAttribute("alt") || "").trim();
  const attribute = (name) => (element) => (element.getAttribute(name) || "").trim();

  const DEFAULT = { submit: "Submit", reset: "Reset", image: "Submit" };
  const HOST = {
    input(element, role, c) {
      const type = element.type;
      if (type === "button" || type === "submit" || type === "reset") {
        return labels(element, c) || element.value || (element.hasAttribute("value") ? "" : DEFAULT[type]);
      }
      if (type === "image") return labels(element, c) || alt(element) || attribute("title")(element) || DEFAULT.image;
      if (type === "file") return labels(element, c) || attribute("title")(element) || (element.multiple ? "Choose Files" : "Choose File");
      return labels(element, c);
    },
    textarea: (element, role, c) => labels(element, c),
    select: (element, role, c) => labels(element, c),
    button: (element, role, c) => labels(element, c),
    meter: (element, role, c) => labels(element, c),
    output: (element, role, c) => labels(element, c),
    progress: (element, role, c) => labels(element, c),
    fieldset: byChild("legend"),
    figure: byChild("figcaption"),
    table: (element, role, c) => byChild("caption")(element, role, c) || attribute("summary")(element),
    img: alt,
    area: alt,
    optgroup: attribute("label"),
    option: (element) => (element.label || "").trim(),
    svg(element) {
      const title = childNamed(element, "title");
      return title ? title.textContent.trim() : "";
    },
    a(element) {
      return element.namespaceURI === SVG ? svgTitle(element) || element.getAttribute("xlink:title") || "" : "";
    },
    g: svgTitle,
  };
  function svgTitle(element) {
    const title = element.namespaceURI === SVG && childNamed(element, "title");
    return title ? title.textContent.trim() : "";
  }

  function tooltip(element, role) {
    if (role === "none" || !element.hasAttributes()) return "";
    if (exact && (role === "generic" ? BOXES.has(element.localName) && !roles.focusable(element) : UNTITLED.has(role))) return "";
    const title = (element.getAttribute("title") || "").trim();
    if (title) return title;
    if (element.localName === "input" || element.localName === "textarea" || role === "textbox" || role === "searchbox" || role === "combobox" || role === "spinbutton") {
      return (element.getAttribute("placeholder") || element.getAttribute("aria-placeholder") || "").trim();
    }
    return "";
  }
})();
