// What the eye cannot see of an element that is rendered: its box, or only its words. Style is asked where a rule of a
// sheet, an attribute or an animation gives a reason, and a box for its place where style does.
// It knows nothing of roles and names. Needs style.js.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.eye) return;
  const { css } = oc;
  const eye = (oc.eye = {});

  const FAINTEST = 0.05; // opacity up to which nothing can be made out
  const NEAR = 12; // of 255: colours that differ less in each channel are one to the eye
  const FAR = -900; // px of a text's indent from which on it is no indent
  const SPECK = 1; // px: what clips its content to this shows none of it, and letters of this size are dots
  // With more selectors than this it is cheaper to ask every element.
  const MOST_SELECTORS = 64;

  const SVG = "http://www.w3.org/2000/svg";

  // Whether a declaration may take a box out of sight, or the words below it.
  const hidesBox = (style) =>
    /opacity|var/.test(style.filter) || /gradient|var/.test(style.maskImage) ||
    (style.opacity !== "" && !(parseFloat(style.opacity) > FAINTEST)) ||
    !["", "auto"].includes(style.clip) || !["", "none"].includes(style.clipPath) ||
    /scale|rotate|matrix|var|calc|-/.test(style.transform) || style.scale !== "" || style.translate !== "" ||
    [style.left, style.top, style.right, style.bottom].some((side) => /^-|100|var|calc/.test(side)) ||
    [style.height, style.width, style.maxHeight, style.maxWidth].some((size) => /^[01](\.\d*)?($|px|%)|var/.test(size));
  const hidesWords = (style) => /^0|^1(\.0*)?(px|%)|var|calc/.test(style.fontSize) || /^-|100|var/.test(style.textIndent);
  // The same of an attribute's text, where a rough answer does.
  const INLINE = /opacity|mask|clip|overflow|scale|rotate|matrix|fixed|-\d|100[%v]|(height|width): ?[01]\b/;
  const WORDS = "[style*=font], [style*=indent]";
  const COLORS = "[style*=color], [text], font[color]";
  const GROUNDS = "[style*=background], [bgcolor]";

  // `suspects`: null when any element may be hidden; `declared`: colours of grounds, null when they cannot be told;
  // `doubts`: what colours of words may be; `painted`: pictures have words in them; `dotted`: words may be drawn as dots.
  let suspects, words, colors, declared, base, grounds, doubts, painted, dotted;

  /** Begins a walk. */
  eye.begin = () => {
    suspects = new Set();
    painted = dotted = false;
    words = document.querySelector(WORDS) !== null;
    colors = document.querySelector(COLORS) !== null;
    declared = document.querySelector(GROUNDS) ? null : new Set();
    grounds = new Map();
    doubts = new Map();
    // A frame may let through what is behind it.
    base = window !== top || /dark/.test(getComputedStyle(document.documentElement).colorScheme) ? null : "rgb(255, 255, 255)";
    for (const { effect } of document.getAnimations()) if (effect?.target) suspects.add(effect.target);
  };

  /** Lets go of the page's elements. */
  eye.end = () => {
    suspects = declared = grounds = doubts = undefined;
  };

  /** A document or shadow root is part of this walk. */
  eye.enter = (root) => {
    painted ||= root.querySelector("text") !== null;
    dotted ||= root.querySelector("[style*=text-security]") !== null;
  };

  /** What nothing has been noted in yet. */
  eye.nothing = () => ({ boxes: [], words: [], colors: false, dots: false, grounds: new Set() });

  /** Notes what a rule of a sheet may hide. */
  eye.note = (rule, found) => {
    const { style, selectorText: selector } = rule;
    found.dots ||= style.webkitTextSecurity !== "";
    // What is generated is no element, and the steps of an animation are found with their elements.
    if (selector === undefined || (selector.includes("::") && !selector.includes(","))) return;
    found.colors ||= style.color !== "" || style.webkitTextFillColor !== "";
    if (!["", "transparent", "inherit", "initial", "unset", "none"].includes(style.backgroundColor)) found.grounds.add(style.backgroundColor);
    if (hidesWords(style)) found.words.push(selector);
    if (found.boxes === null || !hidesBox(style)) return;
    // Nested and shadow selectors mean something else outside their rule.
    if (found.boxes.length === MOST_SELECTORS || rule.parentRule?.selectorText || /&|:host|::slotted/.test(selector)) found.boxes = null;
    else found.boxes.push(selector);
  };

  /** Notes what a sheet may hide that another one imports. */
  eye.include = (found, other) => {
    found.boxes = found.boxes && other.boxes && [...found.boxes, ...other.boxes];
    found.words.push(...other.words);
    found.colors ||= other.colors;
    found.dots ||= other.dots;
    for (const color of other.grounds) found.grounds.add(color);
  };

  /** Takes what was noted for this walk: it holds in a document or shadow root. Null is a sheet that cannot be read. */
  eye.heed = (root, found) => {
    words ||= found === null || matches(root, found.words).length > 0;
    colors ||= found === null || found.colors;
    dotted ||= found === null || found.dots;
    if (found === null) declared = null;
    else if (declared !== null) for (const color of found.grounds) declared.add(color);
    const hidden = found?.boxes && matches(root, found.boxes);
    if (!hidden) suspects = null;
    else if (suspects !== null) for (const element of hidden) suspects.add(element);
  };

  function matches(root, selectors) {
    try {
      return selectors.length === 0 ? [] : root.querySelectorAll(selectors.join(","));
    } catch {
      return [...root.querySelectorAll("*")];
    }
  }

  // ---------------------------------------------------------------- boxes

  /** Whether nothing of its box can be seen, nor of what is in it: transparent, masked or clipped away, shrunk to
      nothing, or where nothing can be scrolled to. */
  eye.misses = (element, style) => {
    if (suspects !== null && !suspects.has(element) && !isHiddenInLine(element)) return false;
    const { position } = style;
    if (isErased(style) || isCut(position, style.clip) || isClippedOff(style.clipPath)) return style.display !== "contents";
    if (style.overflowX !== "visible" && isShut(element, position, style.display)) return true;
    return isMovedOff(element, position, style) || (position !== "static" && isPlacedOff(element, position, style));
  };

  const isHiddenInLine = (element) =>
    (element.hasAttribute("style") && INLINE.test(element.getAttribute("style"))) || (painted && element.hasAttribute("opacity"));

  const isErased = ({ opacity, filter, maskImage, maskSize }) =>
    parseFloat(opacity) <= FAINTEST || (filter !== "none" && isFilteredOut(filter)) || (maskImage !== "none" && isMasked(maskImage, maskSize));

  // What a picture makes of it is not known.
  const isFilteredOut = (filter) => !filter.includes("url(") && parseFloat(/opacity\(([^)]*)\)/.exec(filter)?.[1]) <= FAINTEST;

  // Sure is only what lets nothing through: fades from nothing to nothing, or no mask at all where there must be one.
  function isMasked(image, size) {
    if (size.split(", ").every((size) => /^0px( 0px)?$/.test(size))) return true;
    const colors = image.match(/[a-z]+\([^()]*\)/g) ?? [];
    return /gradient\(/.test(image) && !/url\(|image|none|current/.test(image) && colors.length > 0 && colors.every((color) => alpha(color) === 0);
  }

  const isCut = (position, clip) =>
    (position === "absolute" || position === "fixed") && /^rect\((0|1)(px)?,? (0|1)(px)?,? (0|1)(px)?,? (0|1)(px)?\)$/.test(clip);

  function isClippedOff(path) {
    if (path === "none" || path === "") return false;
    const [, shape, inner] = /^(\w+)\((.*)\)/.exec(path) ?? [];
    if (shape === "circle" || shape === "ellipse") return /^0(px|%)?\b(?!\.)/.test(inner);
    if (shape === "polygon") return new Set(inner.split(",").map((point) => point.trim())).size === 1;
    if (shape !== "inset") return false;
    const [top, right = top, bottom = top, left = right] = inner.split(" round ")[0].split(" ").map((side) => (side.endsWith("%") ? parseFloat(side) : NaN));
    return top + bottom >= 100 || left + right >= 100;
  }

  function isShut(element, position, display) {
    // What these clip is clipped by the viewport.
    if (element === document.body || element === document.documentElement || display === "inline") return false;
    if (element.offsetWidth > SPECK && element.offsetHeight > SPECK) return false;
    // What is placed by a box further out is not clipped by this one.
    if (position !== "static") return true;
    for (const inner of element.querySelectorAll("*")) if (/absolute|fixed/.test(css.style(inner).position)) return false;
    return true;
  }

  function isMovedOff(element, position, style) {
    const { transform, scale, translate } = style;
    if ((transform === "none" || transform === "") && scale === "none" && translate === "none") return false;
    const moves = transform.startsWith("matrix") ? new DOMMatrix(transform) : new DOMMatrix();
    if (translate !== "none") moves.translateSelf(...shifts(translate, element));
    const isFlat = scale !== "none" || moves.a * moves.d === moves.b * moves.c;
    // Boxes are dear to ask for, and rows of a list are often put in their place so.
    if (!isFlat && moves.e >= 0 && moves.f >= 0 && position !== "fixed") return false;
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0) return element.offsetWidth > 0 && element.offsetHeight > 0;
    return isOff(box, moves.e, moves.f, position);
  }

  const shifts = (translate, element) =>
    translate.split(" ").slice(0, 2).map((shift, at) => parseFloat(shift) * (shift.endsWith("%") ? (at ? element.offsetHeight : element.offsetWidth) / 100 : 1));

  function isPlacedOff(element, position, style) {
    const [left, top] = [parseFloat(style.left), parseFloat(style.top)];
    if (position !== "fixed" && !(left < 0 || top < 0)) return false;
    return isOff(element.getBoundingClientRect(), left, top, position);
  }

  // Whether a box that was moved so far lies where nothing can be scrolled to. What is fixed does not scroll; else only
  // what is left of or above all the rest is out of reach, and not what an inner box has scrolled away.
  function isOff({ left, top, right, bottom, width, height }, across, down, position) {
    if (width === 0 || height === 0) return false;
    if (position === "fixed") return right <= 0 || bottom <= 0 || left >= innerWidth || top >= innerHeight;
    return (across + width <= 0 && right + scrollX <= 0) || (down + height <= 0 && bottom + scrollY <= 0);
  }

  // ---------------------------------------------------------------- words

  /** Whether the words that an element holds itself cannot be read: without a size or a colour, in that of what they
      stand on, or far out of their line. Where it cannot be told what they stand on, they are believed seen. */
  eye.misreads = (element, style) => {
    if (painted && element.namespaceURI === SVG) return isUnpainted(style);
    if (words && isOutOfLine(style)) return true;
    return colors && isColorless(element, style);
  };

  /** The same of the words that a style puts before or after those of an element. */
  eye.misreadsMade = (element, style) => {
    const { position, backgroundColor, backgroundImage } = style;
    if (isErased(style) || isCut(position, style.clip) || isClippedOff(style.clipPath) || isOutOfLine(style)) return true;
    if (style.overflowX !== "visible" && (parseFloat(style.width) <= SPECK || parseFloat(style.height) <= SPECK)) return true;
    const { scrollWidth } = document.documentElement;
    if (position === "absolute" && parseFloat(style.left) + parseFloat(style.width) + scrollWidth <= 0) return true;
    const isBare = position === "static" && backgroundImage === "none" && CLEAR.test(backgroundColor);
    return isBare && isColorless(element, style);
  };

  /** Whether words are drawn as dots: a secret, whatever holds them. */
  eye.isDotted = (element) => dotted && css.style(element).webkitTextSecurity !== "none";

  /** Whether there are such words in an element. */
  eye.holdsDots = (element) => dotted && [...element.querySelectorAll("*")].some(eye.isDotted);

  const isOutOfLine = (style) => parseFloat(style.fontSize) <= SPECK || parseFloat(style.textIndent) <= FAR;

  // The words of a picture are painted like its shapes, and what they stand on are shapes, too.
  const isUnpainted = (style) =>
    parseFloat(style.fontSize) === 0 ||
    (isBare(style.fill, style.fillOpacity) && (isBare(style.stroke, style.strokeOpacity) || parseFloat(style.strokeWidth) === 0) && style.textShadow === "none");
  const isBare = (paint, opacity) => paint === "none" || alpha(paint) <= FAINTEST || parseFloat(opacity) <= FAINTEST;

  const PLAIN = 0, DOUBTFUL = 1, FAINT = 2;

  function isColorless(element, style) {
    const color = style.webkitTextFillColor;
    let doubt = doubts.get(color);
    if (doubt === undefined) doubts.set(color, (doubt = alpha(color) <= FAINTEST ? FAINT : isDoubtful(color) ? DOUBTFUL : PLAIN));
    if (doubt === FAINT) return style.textShadow === "none" && parseFloat(style.webkitTextStrokeWidth) === 0 && !isCutOut(element, style);
    return doubt === DOUBTFUL && isNear(color, ground(element));
  }

  const WORDS_OF_COLOR = { white: [255, 255, 255], black: [0, 0, 0] };

  const isDoubtful = (color) =>
    declared === null || isNear(color, base) || [...declared].some((other) => (channels(other) ? isNear(color, other) : !other.startsWith("rgba")));

  const CLEAR = /^rgba\(.*, 0\)$/;

  // How much of a colour there is, from 0 to 1.
  const alpha = (color) => parseFloat(/(?:^rgba\(.*,|\/) ?([\d.e-]+)\)$/.exec(color)?.[1] ?? 1);

  // Words may be holes through which a background shows.
  function isCutOut(element, { webkitBackgroundClip }) {
    if (webkitBackgroundClip === "text") return true;
    for (let e = element; e; e = css.parent(e)) if (css.style(e).webkitBackgroundClip === "text") return true;
    return false;
  }

  // What the words of an element stand on; null where pictures are, or things on top of others.
  function ground(element) {
    if (element === null) return base;
    let known = grounds.get(element);
    if (known === undefined) {
      const { position, backgroundImage, backgroundColor } = css.style(element);
      if (position !== "static" || backgroundImage !== "none") known = null;
      else if (CLEAR.test(backgroundColor)) known = ground(css.parent(element));
      else known = backgroundColor.startsWith("rgba") ? null : backgroundColor;
      grounds.set(element, known);
    }
    return known;
  }

  function isNear(color, other) {
    if (other === null) return false;
    if (color === other) return true;
    const [a, b] = [channels(color), channels(other)];
    return a !== null && b !== null && a.every((channel, at) => Math.abs(channel - b[at]) < NEAR);
  }

  const channels = (color) => WORDS_OF_COLOR[color] ?? /^rgb\((\d+), (\d+), (\d+)\)$/.exec(color)?.slice(1).map(Number) ?? null;
})();
