// The role of an element: ARIA 1.2 `role` attributes over the implicit roles of HTML-AAM.
// It knows nothing of what is printed; `css` answers for tree relations.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.roles) return;
  const css = oc.css;
  const roles = (oc.roles = {});

  const words = (text) => new Set(text.split(" "));
  const ARIA = words(
    "alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox " +
    "complementary contentinfo definition deletion dialog directory document emphasis feed figure form generic grid gridcell group " +
    "heading img image insertion link list listbox listitem log main mark marquee math meter menu menubar menuitem menuitemcheckbox " +
    "menuitemradio navigation none note option paragraph presentation progressbar radio radiogroup region row rowgroup " +
    "rowheader scrollbar search searchbox separator slider spinbutton status strong subscript suggestion superscript " +
    "switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree treegrid treeitem");

  // aria-* attributes that keep an element from being presentational (ARIA 1.2, presentational role conflicts).
  const GLOBAL = ("atomic busy controls current describedby description details dropeffect flowto grabbed keyshortcuts " +
    "label labelledby live owns relevant roledescription").split(" ").map((word) => "aria-" + word);

  // Roles that mean something only inside another one (WAI-ARIA "required context role"). The `ai` style asks it of
  // tables alone: a misplaced tab or option is still what its author made people click.
  const TABLES = words("table grid treegrid rowgroup");
  const CONTEXT = {
    cell: words("row"), gridcell: words("row"), columnheader: words("row"), rowheader: words("row"), row: TABLES, rowgroup: TABLES,
    listitem: words("list directory"), option: words("listbox combobox"), tab: words("tablist"), treeitem: words("tree treegrid treeitem"),
    menuitem: words("menu menubar"), menuitemcheckbox: words("menu menubar"), menuitemradio: words("menu menubar"),
  };
  const TABULAR = words("cell gridcell columnheader rowheader row rowgroup");
  const TRANSPARENT = words("generic none presentation group");
  const SECTIONS = words("article aside main nav section");
  const SECTION_ROLES = words("article complementary main navigation region");

  const INPUTS = {
    button: "button", submit: "button", reset: "button", image: "button", file: "button", color: "button", checkbox: "checkbox",
    radio: "radio", range: "slider", number: "spinbutton", hidden: "none",
  };

  const FIXED = {
    address: "group", article: "article", audio: "audio", blockquote: "blockquote", button: "button", caption: "caption", code: "code", datalist: "listbox",
    dd: "definition", del: "deletion", details: "group", dfn: "term", dialog: "dialog", dt: "term", em: "emphasis",
    fieldset: "group", figure: "figure", h1: "heading", h2: "heading", h3: "heading", h4: "heading", h5: "heading",
    h6: "heading", hgroup: "group", hr: "separator", iframe: "iframe", frame: "iframe", ins: "insertion", main: "main", mark: "mark",
    math: "math", menu: "list", meter: "meter", nav: "navigation", ol: "list", optgroup: "group", option: "option",
    output: "status", p: "paragraph", progress: "progressbar", s: "deletion", search: "search", strong: "strong", sub: "subscript",
    sup: "superscript", svg: "img", table: "table", tbody: "rowgroup", textarea: "textbox", tfoot: "rowgroup", thead: "rowgroup",
    time: "time", ul: "list", video: "video",
  };

  const SOMETIMES = {
    a: (e) => (e.hasAttribute("href") || e.hasAttribute("xlink:href") ? "link" : "generic"),
    area: (e) => (e.hasAttribute("href") ? "link" : "generic"),
    aside: (e) => (scoped(e, (name) => name !== "main") && !labelled(e) ? "generic" : "complementary"),
    b: () => (strict ? "strong" : "generic"),
    embed: (e) => (isPicture(e) ? "generic" : "iframe"),
    footer: (e) => (scoped(e) ? "generic" : "contentinfo"),
    // The `ai` style shows a form only when it is named; Chromium shows every form.
    form: (e) => (strict || labelled(e) ? "form" : "generic"),
    header: (e) => (scoped(e) ? "generic" : "banner"),
    img: (e) => (e.getAttribute("alt") === "" && !e.hasAttribute("title") && !conflicts(e) ? "none" : "img"),
    input: (e) => INPUTS[e.type] || (e.list && e.type !== "password" ? "combobox" : e.type === "search" ? "searchbox" : "textbox"),
    li: (e) => (inList(e) ? "listitem" : "generic"),
    object: (e) => (e.contentWindow ? "iframe" : "generic"),
    section: (e) => (labelled(e) ? "region" : "generic"),
    select: (e) => (e.multiple || e.size > 1 ? "listbox" : "combobox"),
    summary: (e) => (triangles && e.parentNode.localName === "details" && css.summaryOf(e.parentNode) === e ? "DisclosureTriangle" : "generic"),
    td: (e) => (!inRow(e) ? "generic" : inGrid(e) ? "gridcell" : inTable(e) ? "cell" : "generic"),
    th: headerCell,
    tr: (e) => (inTable(e) ? "row" : "generic"),
  };

  // What an `embed` shows is decided by its type or else by its address; nothing says whether it has a document.
  const PICTURE = /\.(png|jpe?g|gif|webp|avif|bmp|ico)([?#]|$)|^data:image\/(?!svg)/i;
  const isPicture = (embed) => (embed.type ? /^image\/(?!svg)/.test(embed.type) : PICTURE.test(embed.src));

  let known, strict, triangles;

  /** Begins a walk. Modes "role" and "aria" are strict: they follow the specifications to the letter, as Chromium's own
      tree does; otherwise the habits of the `ai` style apply, but that "lean" knows what opens a `details`. */
  roles.begin = (mode) => {
    known = new Map();
    strict = mode === "role" || mode === "aria";
    triangles = strict || mode === "lean";
  };

  roles.end = () => {
    known = undefined;
  };

  roles.of = (element) => {
    let role = known.get(element);
    if (role === undefined) {
      known.set(element, "generic"); // Ends the circle when a role asks for a name that asks for the role.
      role = find(element);
      known.set(element, role);
    }
    return role;
  };

  function find(element) {
    const written = element.hasAttributes() && element.getAttribute("role");
    if (written) {
      const role = explicit(element, written);
      if (role) return role;
    }
    const said = oc.saidBy(element)?.role;
    if (ARIA.has(said)) return said === "image" ? "img" : said;
    const role = implicit(element);
    return role !== "generic" && role !== "none" && stripped(element) ? "none" : role;
  }

  function explicit(element, written) {
    for (const token of written.toLowerCase().split(/\s+/)) {
      if (!ARIA.has(token)) continue;
      if (token === "none" || token === "presentation") {
        if (conflicts(element)) return null;
        return "none";
      }
      if (token === "region" && !labelled(element)) continue;
      if (strict && token === "contentinfo" && scoped(element)) continue;
      if (CONTEXT[token] && (strict || TABULAR.has(token)) && !within(element, CONTEXT[token])) continue;
      return token === "image" ? "img" : token === "directory" ? "list" : token;
    }
    return null;
  }

  const implicit = (element) => {
    const name = element.localName;
    const fixed = FIXED[name];
    if (fixed !== undefined) return fixed === "rowgroup" ? rowGroup(element) : fixed;
    const find = SOMETIMES[name];
    return find ? find(element) : "generic";
  };
  roles.implicit = implicit;

  function conflicts(element) {
    if (roles.focusable(element)) return true;
    return GLOBAL.some((name) => element.hasAttribute(name));
  }

  roles.focusable = (element) => {
    if (element.disabled) return false;
    if (element.hasAttribute("tabindex")) return !Number.isNaN(parseInt(element.getAttribute("tabindex"), 10));
    switch (element.localName) {
      case "button": case "select": case "textarea": case "iframe": return true;
      case "input": return element.type !== "hidden";
      case "a": case "area": return element.hasAttribute("href");
      case "summary": return css.summaryOf(element.parentNode) === element && element.parentNode.localName === "details";
      default: return element.isContentEditable && element.hasAttribute("contenteditable");
    }
  };

  // A presentational list or table strips its own items and cells too.
  const OWNERS = { li: words("ul ol menu"), dt: words("dl"), dd: words("dl"), tr: words("table"), td: words("table"), th: words("table"),
    thead: words("table"), tbody: words("table"), tfoot: words("table") };
  function stripped(element) {
    const owners = OWNERS[element.localName];
    if (!owners) return false;
    for (let e = element.parentElement; e; e = e.parentElement) {
      if (owners.has(e.localName)) {
        const written = e.getAttribute("role");
        return written !== null && roles.of(e) === "none" && !conflicts(element);
      }
      if (!OWNERS[e.localName]) return false;
    }
    return false;
  }

  const labelled = (element) =>
    element.hasAttributes() && (filled(element, "aria-label") || filled(element, "aria-labelledby") || filled(element, "title")) &&
    oc.names.of(element, "region") !== "";
  const filled = (element, name) => (element.getAttribute(name) || "").trim() !== "";

  function scoped(element, counts = () => true) {
    for (let e = css.parent(element); e; e = css.parent(e)) {
      const written = e.hasAttribute("role");
      if (written ? SECTION_ROLES.has(roles.of(e)) && counts(roles.of(e)) : SECTIONS.has(e.localName) && counts(e.localName)) return true;
    }
    return false;
  }

  function inList(element) {
    const parent = css.parent(element);
    if (!parent) return false;
    return !strict || roles.of(parent) === "list";
  }

  function within(element, context) {
    for (let e = css.parent(element); e; e = css.parent(e)) {
      const role = roles.of(e);
      if (context.has(role)) return true;
      if (!TRANSPARENT.has(role)) return false;
    }
    return false;
  }

  function tableOf(element) {
    for (let e = element.parentElement; e; e = e.parentElement) if (e.localName === "table") return e;
    return null;
  }
  // Chromium leaves the rows between head and foot in no group unless it can be named or focused.
  function rowGroup(element) {
    if (!inTable(element)) return "generic";
    const plain = strict && element.localName === "tbody" && !element.id && !roles.focusable(element);
    return plain ? "none" : "rowgroup";
  }
  const inTable = (element) => {
    const table = tableOf(element);
    return table !== null && (!table.hasAttribute("role") || TABLES.has(roles.of(table)));
  };
  // A cell that a script has put anywhere else is a box.
  const inRow = (cell) => {
    if (!strict) return true;
    const parent = css.parent(cell);
    return parent !== null && (parent.localName === "tr" || roles.of(parent) === "row");
  };
  const inGrid = (element) => {
    const table = tableOf(element);
    if (!table || !table.hasAttribute("role")) return false;
    const role = roles.of(table);
    return role === "grid" || role === "treegrid";
  };

  /** Whether a row is one of a grid. */
  roles.inGrid = (row) => {
    for (let e = css.parent(row); e; e = css.parent(e)) {
      const role = roles.of(e);
      if (role === "grid" || role === "treegrid") return true;
      if (role === "table") return false;
    }
    return false;
  };

  function headerCell(cell) {
    if (!inTable(cell) || !inRow(cell)) return "generic";
    const scope = (cell.getAttribute("scope") || "").toLowerCase();
    if (scope === "row" || scope === "rowgroup") return "rowheader";
    if (scope === "col" || scope === "colgroup") return "columnheader";
    const row = cell.parentElement;
    if (!row || row.localName !== "tr") return "columnheader";
    if (row.parentElement && row.parentElement.localName === "thead") return "columnheader";
    for (const other of row.cells || []) if (other !== cell && other.localName === "td") return "rowheader";
    return "columnheader";
  }
})();
