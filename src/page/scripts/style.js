// What CSS says about an element, asked once a walk: shown, visible, boxed, pseudo text, flat-tree relatives.
// It reads only; it knows nothing of roles and names. What sheets declare is noted for eye.js, too.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.css) return;
  const css = (oc.css = {});

  let looks, hiddenness, generated, owners, makers, befores, afters, unread;

  /** Begins a walk: everything below is remembered until `end`. */
  css.begin = () => {
    looks = new Map();
    hiddenness = new Map();
    generated = new Set();
    befores = new Map();
    afters = new Map();
    unread = new Map();
    owners = null;
    makers = new Set();
    oc.eye.begin();
    generators(document);
  };

  /** Lets go of the page's elements. */
  css.end = () => {
    oc.eye.end();
    looks = hiddenness = generated = befores = afters = unread = owners = makers = undefined;
  };

  // A declaration is live for as long as its element, so each is asked for once; it hangs on our world's own view of
  // the element, which the page does not see.
  const STYLE = Symbol("style");

  /** The live declaration. */
  css.style = (element) => (element[STYLE] ??= getComputedStyle(element));

  // What is asked of the engine is asked when it is needed, once a walk.
  class Look {
    constructor(element) {
      this.style = css.style(element);
      this.skips = this.transform = this.known = this.seen = this.pointing = this.misread = undefined;
    }

    get display() {
      return (this.known ??= this.style.display);
    }

    /** An unslotted child of a shadow host has no style at all: its display is the empty text. */
    get shown() {
      const display = this.display;
      return display !== "none" && display !== "";
    }

    get visible() {
      return (this.seen ??= this.style.visibility === "visible");
    }

    /** Whether the cursor over it is a pointer. */
    get pointer() {
      return (this.pointing ??= this.style.cursor === "pointer");
    }
  }

  /** `{display, visible, shown, pointer, style}`; `style` is the live declaration, for what is asked rarely. */
  css.look = (element) => {
    let look = looks.get(element);
    if (look === undefined) looks.set(element, (look = new Look(element)));
    return look;
  };

  /** Whether an object shows what stands between its tags, and not what it is an object of. */
  css.fallsBack = (element) => {
    const content = document.createRange();
    content.selectNodeContents(element);
    return content.getClientRects().length > 0;
  };

  /** The map of an image. */
  oc.mapOf = (image) => {
    const [, name] = image.useMap.split(/#(.*)/);
    return name ? image.getRootNode().querySelector(`map[name="${CSS.escape(name)}"]`) : null;
  };

  css.parent = (node) => {
    const parent = node.assignedSlot || node.parentNode;
    return parent && parent.nodeType === 11 ? parent.host || null : parent && parent.nodeType === 1 ? parent : null;
  };

  /** Whether a node's subtree is left out by a closed `details` or by skipped contents. */
  css.skips = (element) => {
    if (!element.hasAttributes()) return element.localName === "details";
    const look = css.look(element);
    if (look.skips === undefined) {
      look.skips = (element.localName === "details" && !element.open) || look.style.contentVisibility === "hidden";
    }
    return look.skips;
  };

  /** Hidden from the accessibility tree: not rendered, invisible, or `aria-hidden` here or above. */
  css.hidden = (element) => !css.rendered(element) || !css.look(element).visible || css.ariaHidden(element);

  css.ariaHidden = (element) => {
    for (let e = element; e; e = css.parent(e)) if (e.getAttribute("aria-hidden") === "true") return true;
    return false;
  };

  css.rendered = (element) => {
    let known = hiddenness.get(element);
    if (known === undefined) {
      const parent = css.parent(element);
      known = css.look(element).shown && (!parent || (css.rendered(parent) && !left(parent, element)));
      hiddenness.set(element, known);
    }
    return known;
  };

  function left(parent, child) {
    if (parent.localName === "details" && !parent.open) return child !== summaryOf(parent);
    return css.look(parent).style.contentVisibility === "hidden";
  }

  function summaryOf(details) {
    for (const child of details.children) if (child.localName === "summary") return child;
    return null;
  }
  css.summaryOf = summaryOf;

  /** Children as rendered when they are not simply the node's own: shadow content for a host, assigned nodes for a
      slot, `aria-owns` at the end. Null for all others, which are walked by `nextSibling`. */
  css.children = (element) => {
    let nodes = null;
    const shadow = oc.shadow(element);
    if (shadow) {
      oc.watch(shadow);
      generators(shadow);
      nodes = shadow.childNodes;
    } else if (element.localName === "slot") {
      nodes = element.assignedNodes();
      if (!nodes.length) nodes = element.childNodes;
    }
    if (!owned().size) return nodes;
    const own = ownedBy(element);
    const kept = [...(nodes || element.childNodes)].filter((node) => !owners.has(node));
    return own.length ? kept.concat(own) : kept;
  };

  function owned() {
    if (owners) return owners;
    owners = new Map();
    for (const owner of document.querySelectorAll("[aria-owns]"))
      for (const id of owner.getAttribute("aria-owns").split(/\s+/)) {
        const target = id && document.getElementById(id);
        // An element has one owner, the first, and nobody owns an ancestor.
        if (target && !owners.has(target) && !target.contains(owner)) owners.set(target, owner);
      }
    return owners;
  }

  function ownedBy(element) {
    if (!element.hasAttribute("aria-owns")) return [];
    return element.getAttribute("aria-owns").split(/\s+/)
      .map((id) => id && document.getElementById(id))
      .filter((target, i, all) => target && owners.get(target) === element && all.indexOf(target) === i);
  }

  /** A text as its element's style spells it. */
  css.transformed = (text, element) => {
    const look = css.look(element);
    if (look.transform === undefined) look.transform = look.style.textTransform;
    switch (look.transform) {
      case "uppercase": return text.toLocaleUpperCase();
      case "lowercase": return text.toLocaleLowerCase();
      case "capitalize": return text.replace(/(^|[^\p{L}\p{N}'’_])(\p{L})/gu, (_, before, letter) => before + letter.toLocaleUpperCase());
      default: return text;
    }
  };

  /** Text of `::before` or `::after`, spaced when it is a block; empty when there is none or it is invisible. */
  css.pseudo = (element, which) => {
    if (makers !== null && !makers.has(element) && element.localName !== "q") return "";
    const known = which === "::before" ? befores : afters;
    let text = known.get(element);
    if (text === undefined) known.set(element, (text = pseudoText(element, which)));
    return text;
  };

  /** Whether the eye cannot see that text. */
  css.isUnread = (element, which) => unread.get(element)?.includes(which) === true;

  function pseudoText(element, which) {
    const style = getComputedStyle(element, which);
    const content = style.content;
    if (content === "none" || content === "normal" || content === "" || style.display === "none") return "";
    if (style.visibility !== "visible" || style.webkitTextSecurity !== "none") return "";
    // Icon fonts live in the private use area: nobody can read them.
    const text = contentText(content, element).replace(/[\ue000-\uf8ff]/g, "");
    if (text && oc.eye.misreadsMade(element, style)) unread.set(element, [which, ...(unread.get(element) ?? [])]);
    return text && style.display !== "inline" ? ` ${text} ` : text;
  }

  // Asking every element for two pseudo styles costs more than the rest of the walk, so the sheets tell which
  // elements may generate text: those that their `::before` and `::after` rules select. A sheet that cannot be
  // read, or says it in too many or too strange words, makes us ask all (`makers` is null).
  const MOST_SELECTORS = 64;
  const sheets = new WeakMap();

  function generators(root) {
    if (generated.has(root)) return;
    generated.add(root);
    oc.eye.enter(root);
    const selectors = [];
    for (const sheet of [...(root.styleSheets || []), ...(root.adoptedStyleSheets || [])]) {
      const found = contents(sheet);
      oc.eye.heed(root, found && found.hiding);
      if (found === null) return void (makers = null);
      selectors.push(...found.selectors);
    }
    if (makers === null || !selectors.length) return;
    if (selectors.length > MOST_SELECTORS) return void (makers = null);
    try {
      for (const element of root.querySelectorAll(selectors.join(","))) makers.add(element);
    } catch {
      makers = null;
    }
  }

  // What a sheet selects generated text for, and what it may hide; null when it tells neither.
  function contents(sheet) {
    let rules;
    try {
      rules = sheet.cssRules;
    } catch {
      return null;
    }
    const seen = sheets.get(sheet);
    if (seen && seen.length === rules.length) return seen.found;
    const found = { selectors: [], hiding: oc.eye.nothing() };
    const known = { length: rules.length, found: collect(rules, found) ? found : null };
    sheets.set(sheet, known);
    return known.found;
  }

  const PSEUDO = /::?(before|after)\b/;

  function collect(rules, out) {
    for (const rule of rules) {
      if (rule.style) oc.eye.note(rule, out.hiding);
      const selector = rule.selectorText;
      if (selector !== undefined && PSEUDO.test(selector)) {
        // Nested and shadow selectors mean something else outside their rule.
        if (/&|:host|::slotted|::part/.test(selector)) return false;
        if (rule.style.content || rule.cssRules?.length) out.selectors.push(...origins(selector));
        if (out.selectors.length > MOST_SELECTORS) return false;
      }
      if (rule.styleSheet) {
        const imported = contents(rule.styleSheet);
        if (imported === null) return false;
        out.selectors.push(...imported.selectors);
        oc.eye.include(out.hiding, imported.hiding);
      } else if (rule.cssRules && !collect(rule.cssRules, out)) return false;
    }
    return true;
  }

  // Commas inside brackets do not separate, so a list that has both goes in whole.
  const origins = (selector) => {
    const parts = /[([]/.test(selector) ? [selector] : selector.split(",").filter((part) => PSEUDO.test(part));
    return parts.map((part) => part.replace(/::?(before|after)\b/g, "").trim() || "*");
  };

  // A text, a function with the texts in it (the address of a picture is no text), a slash or a word.
  const PART = /"(?:[^"\\]|\\.)*"|[\w-]+\((?:"(?:[^"\\]|\\.)*"|\((?:"(?:[^"\\]|\\.)*"|[^()"])*\)|[^()"])*\)|\/|[^\s"]+/g;

  // `"a" attr(b) / "alternative"`: the alternative text wins when there is one.
  function contentText(content, element) {
    const parts = content.match(PART) || [];
    const slash = parts.indexOf("/");
    let out = "";
    for (const part of slash < 0 ? parts : parts.slice(slash + 1)) {
      if (part[0] === '"') out += unquote(part);
      else if (part.startsWith("attr(")) out += element.getAttribute(part.slice(5, -1).trim()) || "";
      else if (part === "open-quote" || part === "close-quote") out += '"';
    }
    return out;
  }

  const unquote = (text) =>
    text.slice(1, -1).replace(/\\([0-9a-fA-F]{1,6})\s?|\\(.)/g, (_, hex, char) => (hex ? String.fromCodePoint(parseInt(hex, 16)) : char));

  /** Has a box with an area; a boxless `display: contents` counts when a child has one. */
  css.boxed = (element, look) => {
    if (look.display === "contents") return holdsBox(element);
    // Asking for two whole numbers is half the price of asking for a rectangle.
    if (element.offsetWidth > 0 && element.offsetHeight > 0) return true;
    const rect = element.getBoundingClientRect();
    return rect.width > 0 && rect.height > 0;
  };

  function holdsBox(element) {
    for (const child of css.children(element) || element.childNodes) {
      if (child.nodeType === 1 ? css.look(child).shown && css.boxed(child, css.look(child)) : child.nodeType === 3 && child.data.trim()) return true;
    }
    return false;
  }
})();
