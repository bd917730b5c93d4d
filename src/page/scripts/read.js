// The readable text of a document: its main content as blocks, plain or in Markdown, without what nobody sees.
// It gives no refs but those of frames; how blocks are joined and cut is not known here.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.read) return;
  const { css, eye } = oc;

  const words = (text) => new Set(text.split(" "));
  const SILENT = words(
    "script style noscript template head meta link base datalist source track param canvas svg audio video " +
    "select textarea progress meter option optgroup map area");
  // What surrounds the content of a page and is not part of it.
  const AROUND = words("nav aside footer");
  const AROUND_ROLES = words("navigation complementary contentinfo banner search menubar toolbar dialog alertdialog");
  const AROUND_NAMES = /(^|[-_ ])(side-?bar|breadcrumbs?|share|social|related|promo|advert|ads|toc|pagination|skip-?links?|cookie|consent|newsletter|menu)([-_ ]|$)/i;
  const HEADINGS = { h1: 1, h2: 2, h3: 3, h4: 4, h5: 5, h6: 6 };
  const DEEPEST = 400;

  // A part that a page calls its main one is believed when it holds this much, or this share of all there is.
  const ENOUGH = 600, SHARE = 0.4;
  // The content is looked for further down as long as one child holds nearly all of it.
  const NEARLY_ALL = 0.85;
  // Words of links count less: lists of links surround a content more often than they are it.
  const LINK_WEIGHT = 0.3;

  let markdown, whole, weights, blocks, inline, quotes, lists, pending, tight, line, buttons;

  /** `format` "text" or "markdown"; `selector` names what is read instead of the main content, `all` a whole frame. */
  oc.read = ({ format = "text", selector, all = false } = {}) => {
    let root = null;
    if (selector) {
      try {
        root = document.querySelector(selector);
      } catch (error) {
        return { fail: { why: "badSelector", message: error.message } };
      }
      if (!root) return { fail: { why: "missing" } };
    }
    css.begin();
    markdown = format === "markdown";
    whole = Boolean(selector);
    weights = new Map();
    blocks = [];
    inline = "";
    quotes = 0;
    lists = [];
    pending = null;
    tight = false;
    buttons = [];
    newLine();
    try {
      const body = document.body || document.documentElement;
      root = root || (all || !body ? body : content(body));
      if (root && seenAbove(root)) visit(root, START, 0);
      flush();
      return { ok: { title: document.title.trim(), blocks } };
    } finally {
      css.end();
      weights = blocks = lists = line = buttons = undefined;
    }
  };

  // ---------------------------------------------------------------- which part

  function content(body) {
    const all = weigh(body, 0);
    const mains = [...document.querySelectorAll("main, [role=main]")].filter((element) => seenAbove(element));
    const heaviest = (elements) => elements.reduce((best, e) => (!best || weigh(e, 0) > weigh(best, 0) ? e : best), null);
    const main = heaviest(mains);
    if (main && (weigh(main, 0) >= ENOUGH || weigh(main, 0) >= all * SHARE)) return main;
    const article = heaviest([...document.querySelectorAll("article, [role=article]")].filter((element) => seenAbove(element)));
    if (article && weigh(article, 0) >= all * NEARLY_ALL) return article;
    return down(body);
  }

  function down(element) {
    for (;;) {
      const total = weigh(element, 0);
      const next = [...childNodes(element)].find((c) => c.nodeType === 1 && total > 0 && weigh(c, 0) >= total * NEARLY_ALL);
      // A title beside the text belongs to it.
      if (!next || titled(element) !== titled(next) || !isBlock(css.look(next).display)) return element;
      element = next;
    }
  }

  const titled = (element) => element.querySelectorAll("h1").length;

  function weigh(element, depth, inLink = false) {
    const known = weights.get(element);
    if (known !== undefined) return known;
    let sum = 0;
    const tag = element.localName;
    if (depth < DEEPEST && !SILENT.has(tag) && isSeen(element) && !surrounds(element, tag)) {
      const link = inLink || tag === "a";
      for (const node of childNodes(element)) {
        if (node.nodeType === 1) sum += weigh(node, depth + 1, link);
        else if (node.nodeType === 3) sum += node.data.trim().length * (link ? LINK_WEIGHT : 1);
      }
    }
    weights.set(element, sum);
    return sum;
  }

  function surrounds(element, tag) {
    if (AROUND.has(tag)) return true;
    // The head of an article is part of it, that of a page is not.
    if (tag === "header" && !element.closest("main, article, section, [role=main]") && !element.querySelector("h1")) return true;
    if (!element.hasAttributes()) return false;
    if (AROUND_ROLES.has(element.getAttribute("role"))) return true;
    if (tag === "body" || tag === "main" || tag === "article") return false;
    return AROUND_NAMES.test(`${element.id} ${element.getAttribute("class") || ""}`) && isAside(element);
  }

  // A name alone proves nothing: what floats above the page, or is mostly links, surrounds it.
  function isAside(element) {
    const { position } = css.look(element).style;
    if (position === "fixed" || position === "sticky") return true;
    const text = (element.textContent || "").trim().length;
    let linked = 0;
    for (const link of element.querySelectorAll("a")) linked += link.textContent.trim().length;
    return text < 2000 && linked > text / 2;
  }

  // ---------------------------------------------------------------- what is seen

  function isSeen(element) {
    const look = css.look(element);
    return look.shown && element.getAttribute("aria-hidden") !== "true" && !eye.misses(element, look.style);
  }

  function seenAbove(element) {
    for (let e = element; e; e = css.parent(e)) if (!isSeen(e)) return false;
    return css.rendered(element);
  }

  const START = { pre: false, link: false, heading: false };

  const wordsSeen = (element, { style, visible }) => visible && style.webkitTextSecurity === "none" && !eye.misreads(element, style);

  // ---------------------------------------------------------------- walking

  const childNodes = (element) => {
    if (css.skips(element)) {
      const summary = element.localName === "details" ? css.summaryOf(element) : null;
      return summary ? [summary] : [];
    }
    return css.children(element) || element.childNodes;
  };

  const isBlock = (display) => !(display.startsWith("inline") || display === "contents" || display.startsWith("ruby"));

  function visit(element, place, depth) {
    const tag = element.localName;
    if (SILENT.has(tag) || depth > DEEPEST || !isSeen(element)) return;
    if (depth > 0 && !whole && surrounds(element, tag)) return;
    const look = css.look(element);
    const rule = RULES[tag];
    if (rule) return rule(element, place, look, depth);
    if (isBlock(look.display)) return block(() => children(element, place, look, depth));
    children(element, place, look, depth);
  }

  function children(element, place, look, depth) {
    const seen = wordsSeen(element, look);
    for (const node of childNodes(element)) {
      if (node.nodeType === 1) visit(node, place, depth + 1);
      else if (node.nodeType === 3 && seen) text(node.data, place, node.data.includes("\n") && look.style.whiteSpaceCollapse.startsWith("preserve"));
    }
  }

  function block(work) {
    flush();
    work();
    flush();
  }

  // Zero-width spaces, soft hyphens and what steers a terminal are not read.
  function text(data, place, keepsLines = false) {
    data = data.replace(/[\u200b\u00ad\x00-\x08\x0e-\x1f\x7f-\x9f]/g, "");
    if (place.pre) inline += data;
    else {
      data = keepsLines ? data.replace(/[^\S\n]+/g, " ").replace(/ ?\n ?/g, "\n") : data.replace(/\s+/g, " ");
      if (!place.link) line.words += data.match(/\p{L}+/gu)?.length ?? 0;
      if (markdown && !place.code) data = literal(data);
      inline += inline === "" || /\s$/.test(inline) ? data.trimStart() : data;
    }
  }

  // Words must not seem to be a link, a tag, a character reference or, where one mark follows another, code or emphasis.
  const literal = (data) =>
    data.replace(/\]\(/g, "]\\(").replace(MARKS, (mark) => (/^[<&]/.test(mark) || data.indexOf(mark) !== data.lastIndexOf(mark) ? `\\${mark}` : mark));
  const MARKS = /<(?=[a-z/!?])|&(?=#?\w+;)|\x60|~~|\*(?=\S)|(?<=\S)\*|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/giu;

  // ---------------------------------------------------------------- blocks

  /** Ends the block that is being written. */
  function flush(raw) {
    const said = raw === undefined ? settled(inline).replace(/[ \t]+\n/g, "\n").trim() : raw;
    inline = "";
    newLine();
    if (!said) return;
    const marker = pending;
    pending = null;
    let lines = said.split("\n");
    if (markdown && raw === undefined) lines = lines.map(plainly);
    if (markdown) {
      const indent = lists.map((list) => " ".repeat(list.width)).join("");
      lines = lines.map((line, at) => {
        const outer = at === 0 && marker ? indent.slice(0, indent.length - marker.length) + marker : indent;
        return ("> ".repeat(quotes) + outer + line).trimEnd();
      });
    }
    const close = blocks.length > 0 && (tight || (marker !== null && !(lists.length === 1 && lists[0].isFirst)));
    if (marker !== null) lists[lists.length - 1].isFirst = false;
    blocks.push([close ? 1 : 2, lines.join("\n")]);
    tight = false;
  }

  // Words must not seem to begin a block of another kind.
  const plainly = (line) => line.replace(/^(?=(#{1,6}|[-+*])\s|>|\||~~~|(-\s*){3,}$|=+\s*$)/, "\\").replace(/^(\d+)([.)]\s)/, "$1\\$2");

  // A mark around code that does not occur in it.
  const fenceOf = (code, shortest) => "`".repeat(Math.max(shortest, ...[...code.matchAll(/`+/g)].map(([run]) => run.length + 1)));

  // An address that does not end before its end.
  const target = (url) => (/^[^()]*(\([^()]*\)[^()]*)*$/.test(url) ? url : url.replace(/\(/g, "%28").replace(/\)/g, "%29"));

  function wrap(mark, element, place, look, depth) {
    const before = inline;
    inline = "";
    children(element, place, look, depth);
    const said = inline.trim();
    const [left, right] = [/^\s/.test(inline) && !/(^|\s)$/.test(before) ? " " : "", /\s$/.test(inline) ? " " : ""];
    inline = said && markdown && !said.includes("\n\n") ? `${before}${left}${mark}${said}${mark}${right}` : before + inline;
  }

  const marked = (mark) => (element, place, look, depth) => {
    if (isBlock(look.display) || place.pre || holdsBlocks(element)) return plain(element, place, look, depth);
    wrap(mark, element, place, look, depth);
  };

  const plain = (element, place, look, depth) => {
    if (isBlock(look.display)) block(() => children(element, place, look, depth));
    else children(element, place, look, depth);
  };

  const BLOCKS = "p,div,ul,ol,table,pre,blockquote,h1,h2,h3,h4,h5,h6,section,article";
  const holdsBlocks = (element) => element.querySelector(BLOCKS) !== null;

  function heading(level) {
    return (element, place, look, depth) => {
      flush();
      children(element, { ...place, heading: true }, look, depth);
      // The sign that links to a heading is not part of it.
      const said = inline.replace(/\s+/g, " ").replace(/\s*(\[[#¶§🔗]\]\([^)]*\)|[¶§]|#)\s*$/u, "").trim();
      inline = "";
      if (said) flush(markdown ? `${"#".repeat(level)} ${led(said, place.card)}` : said);
    };
  }

  // The heading of a card that is all link says where it leads.
  function led(said, card) {
    if (!card || card.used || said.includes("](")) return said;
    card.used = true;
    return `[${said}](${card.href})`;
  }

  function link(element, place, look, depth) {
    const href = element.getAttribute("href");
    const isUseful = markdown && href && !/^(javascript:|data:)/i.test(href) && !place.link && !place.pre;
    if (!isUseful) return plain(element, href ? { ...place, link: true } : place, look, depth);
    if (holdsBlocks(element)) {
      const card = { href: target(element.href), used: false };
      block(() => children(element, { ...place, card }, look, depth));
      if (!card.used) flush(`<${card.href}>`);
      return;
    }
    const before = inline;
    inline = "";
    children(element, { ...place, link: true }, look, depth);
    const said = inline.replace(/\s+/g, " ").trim();
    const spaced = /^\s/.test(inline) && !/(^|\s)$/.test(before) ? " " : "";
    const after = /\s$/.test(inline) ? " " : "";
    inline = before;
    if (!said) return;
    inline += `${spaced}[${said.replace(/[[\]]/g, (c) => (said.startsWith("![") ? c : `\\${c}`))}](${target(element.href)})${after}`;
    if (isBlock(look.display)) flush();
  }

  function image(element, place) {
    const alt = (element.getAttribute("alt") || "").replace(/\s+/g, " ").trim();
    if (!markdown || !alt || place.pre) return;
    const source = element.currentSrc || element.src || "";
    const shown = /^https?:/.test(source) && source.length <= 500 ? `(${target(source)})` : "()";
    inline += `![${alt.replace(/[[\]]/g, "\\$&")}]${shown}`;
  }

  function list(ordered) {
    return (element, place, look, depth) => {
      flush();
      const from = ordered ? Number(element.getAttribute("start") || 1) : 0;
      lists.push({ ordered, next: from, width: ordered ? 3 : 2, isFirst: true });
      children(element, place, look, depth);
      flush();
      lists.pop();
      if (pending !== null) pending = null;
    };
  }

  function item(element, place, look, depth) {
    flush();
    const at = lists[lists.length - 1];
    if (at) {
      pending = at.ordered ? `${at.next++}. ` : "- ";
      at.width = pending.length;
    }
    children(element, place, look, depth);
    flush();
    if (at) pending = null;
  }

  function preformatted(element, place, look, depth) {
    flush();
    children(element, { ...place, pre: true, link: true }, look, depth);
    const code = inline.replace(/\s+$/, "").replace(/^\n+/, "");
    inline = "";
    if (!code) return;
    if (!markdown) return flush(code);
    const named = `${element.className} ${element.querySelector("code")?.className || ""} ${element.parentElement?.className || ""}`;
    const language = /(?:language|lang|highlight-source|highlight)-([\w+#-]+)/.exec(named)?.[1] || "";
    const fence = fenceOf(code, 3);
    flush(`${fence}${language}\n${code}\n${fence}`);
  }

  function code(element, place, look, depth) {
    if (place.pre) return children(element, place, look, depth);
    const before = inline;
    inline = "";
    children(element, { ...place, link: true, code: true }, look, depth);
    const said = inline.trim();
    const mark = fenceOf(said, 1);
    inline = said && markdown ? `${before}${mark}${said}${mark}` : before + inline;
    if (isBlock(look.display)) flush();
  }

  function table(element, place, look, depth) {
    const rows = [...element.rows].filter((row) => isSeen(row) && css.rendered(row));
    const isData = !/^(presentation|none)$/.test(element.getAttribute("role") || "") && !element.querySelector("table") &&
      (element.querySelector("th") || (rows.length > 1 && rows.some((row) => row.cells.length > 1)));
    // A table that only puts things in their place is read as what it holds.
    if (!isData) return block(() => children(element, place, look, depth));
    flush();
    if (element.caption && isSeen(element.caption)) visit(element.caption, place, depth + 1);
    const texts = rows.map((row) => cells(row, place, depth)).filter((row) => row.some(Boolean));
    const width = Math.max(0, ...texts.map((row) => row.length));
    texts.forEach((row, at) => {
      if (at > 0) tight = true;
      if (!markdown) return flush(row.join("\t").trimEnd());
      const line = (parts) => `| ${parts.join(" | ")} |`;
      const full = [...row, ...Array(width - row.length).fill("")];
      flush(at === 0 ? `${line(full)}\n${line(full.map(() => "---"))}` : line(full));
    });
  }

  function cells(row, place, depth) {
    const said = [];
    for (const cell of row.cells) {
      const text = isSeen(cell) ? apart(cell, place, depth) : "";
      said.push(markdown ? text.replace(/\|/g, "\\|") : text);
      for (let more = Math.min(cell.colSpan, 50); more > 1; more--) said.push("");
    }
    return said;
  }

  /** What an element says by itself, on one line. */
  function apart(element, place, depth) {
    const outer = [blocks, inline, lists, pending, quotes, tight, line];
    [blocks, inline, lists, pending, quotes, tight] = [[], "", [], null, 0, false];
    newLine();
    children(element, place, css.look(element), depth + 1);
    flush();
    const text = blocks.filter((b) => b[1]).map((b) => b[1]).join(" ").replace(/\s+/g, " ").trim();
    [blocks, inline, lists, pending, quotes, tight, line] = outer;
    return text;
  }

  // ---------------------------------------------------------------- buttons

  /** Begins a line: how many words of its own it has, those of links and buttons aside, and how many buttons. */
  const newLine = () => (line = { words: 0, buttons: 0 });

  function button(element, place, look, depth) {
    // What a button does is not what a page says, but a heading or a question may be one, and a sentence speaks of it.
    if (whole || place.heading || element.hasAttribute("aria-expanded")) return plain(element, place, look, depth);
    if (!isBlock(look.display)) stand(element, place, apart(element, { ...place, link: true }, depth));
  }

  function input(element, place, look) {
    if (!/^(button|submit|reset)$/.test(element.type) || !wordsSeen(element, look)) return;
    const said = element.value.replace(/\s+/g, " ").trim();
    if (whole) text(said, place);
    else if (!isBlock(look.display)) stand(element, place, said);
  }

  /** Puts a mark in place of a button; whether its line is a sentence is known at its end. No page's text has such marks. */
  function stand(element, place, said) {
    if (!said || place.pre || place.link) return;
    inline += `\x01${buttons.length}\x02`;
    line.buttons += 1;
    buttons.push({ said, line, before: line.words, isProse: element.closest("p") !== null });
  }

  /** A text with the words of those buttons that are part of a sentence, and without the others. */
  function settled(said) {
    if (!said.includes("\x01")) return said;
    return said.replace(/\s*(\*\*|\*|~~|)\x01(\d+)\x02\1/g, (mark, _, number, at) => {
      const words = isSpoken(buttons[number], said.slice(0, at), said.slice(at + mark.length)) ? buttons[number].said : "";
      return words && mark.replace(/\x01\d+\x02/, () => words);
    });
  }

  // Words on both sides are a sentence; on one side, where it goes on beyond the button or, in a paragraph, leads to it.
  function isSpoken(button, before, after) {
    const { line } = button;
    if (line.buttons > line.words) return false;
    if (button.before === 0) return /^\s*[\p{Ll}\p{Lo}]/u.test(after);
    if (line.words > button.before || /^\s*[.,;:!?…)。，、；！？]/.test(after)) return true;
    return button.isProse && /[\p{L}\p{N},;]$/u.test(before);
  }

  function frame(element) {
    flush();
    if (element.offsetWidth > 1 && element.offsetHeight > 1) blocks.push([2, null, oc.refOf(element)]);
  }

  const RULES = {
    a: link, img: image, ul: list(false), ol: list(true), menu: list(false), li: item, pre: preformatted,
    code, kbd: code, samp: code, strong: marked("**"), b: marked("**"), em: marked("*"), i: marked("*"), del: marked("~~"), s: marked("~~"),
    table, button, input, iframe: frame, frame, embed: frame,
    object: (element, place, look, depth) => (css.fallsBack(element) ? plain(element, place, look, depth) : frame(element)),
    br: () => {
      inline += "\n";
      newLine();
    },
    hr: () => block(() => markdown && flush("---")),
    wbr: () => {},
    blockquote: (element, place, look, depth) => block(() => {
      quotes += 1;
      children(element, place, look, depth);
      flush();
      quotes -= 1;
    }),
    dt: (element, place, look, depth) => block(() => marked("**")(element, place, { display: "inline", visible: look.visible, style: look.style }, depth)),
    dd: (element, place, look, depth) => {
      flush();
      tight = blocks.length > 0;
      children(element, place, look, depth);
      flush();
      tight = false;
    },
  };
  for (const [tag, level] of Object.entries(HEADINGS)) RULES[tag] = heading(level);

  /** The same as text. */
  oc.readText = (options) => oc.json(oc.read(options));
})();
