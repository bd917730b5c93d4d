// What a field made of text that was sent to it. A password never leaves the page.
// It listens, and asks editors that keep their text to themselves for a copy; the input is sent from outside.
// Needs pace.js and target.js.
(() => {
  const oc = globalThis.__openclaw;
  const LONGEST_VALUE = 200; // UTF-16 units of a field's value that an answer shows
  const UNHEARD = 1000; // ms after which input that was sent counts as not heard by the page
  const SETTLING = 250; // ms in which timers of the page may still make what was wanted of text that it has taken
  const FRAMES = 3; // that are waited for at most, while the page asks for more
  const SELECTING = 50; // ms in which a page is told of a selection; it is not when everything was selected before
  const MOST_PARTS = 200; // elements of editable text that are asked whether they draw dots
  const MOST_STRAYS = 3; // fields that got text that was meant for another, and are named
  const THINNEST = 5; // px; what is thinner, or clipped to that, cannot be read

  // What takes the focus for an element: of editable content, the outermost element that is editable.
  oc.hostOf = (element) => {
    let host = element;
    while (host.isContentEditable && host.parentElement?.isContentEditable) host = host.parentElement;
    return host;
  };

  // What a field shows as its text; what one holds that shows dots.
  const textOf = (element) => {
    if (element.value !== undefined) return String(element.value);
    return isSecret(element) ? element.textContent : element.innerText;
  };

  const even = (text) => text.replace(/\r\n?/g, "\n").replace(/\u00a0/g, " ");

  // The same without what editors put in for the caret's sake. How lines are parted is the editor's own: by
  // paragraphs, breaks or blocks, with or without a blank line between them.
  oc.bare = (element) => (element.value === undefined ? lines(textOf(element)) : even(textOf(element)));
  const lines = (text) => even(text).replace(/[\u200b\ufeff]/g, "").replace(/\s*\n\s*/g, "\n").trim();

  const isSecret = oc.describe.secret;

  // A part of editable text may be one: of long texts the first parts are asked.
  const holdsSecret = (element) =>
    isSecret(element) || (element.isContentEditable && [...element.querySelectorAll("*")].slice(0, MOST_PARTS).some(isSecret));

  // What a field holds; of a password the length only. `matches`: just what was wanted, or that among other text.
  oc.holding = (element, wanted, within) => {
    const isField = element.value !== undefined;
    return judged(element, oc.bare(element), isField ? even(wanted) : lines(wanted), within);
  };

  /** As much of a value as an answer shows. */
  oc.beginning = (text) => text.slice(0, LONGEST_VALUE);

  const judged = (element, text, wanted, within) => {
    const matches = within ? text.includes(wanted) : text === wanted;
    const state = { length: text.length, matches };
    if (!holdsSecret(element)) state.value = oc.beginning(text);
    if (!matches && element.maxLength >= 0 && text.length === element.maxLength) state.maxLength = element.maxLength;
    return state;
  };

  // Code editors draw their text elsewhere and hear of keys by an element that nobody sees: what that one holds says
  // nothing of what the editor holds.
  oc.isProxy = (element) => Boolean(element.editContext) || (element.localName === "textarea" && oc.isUnseen(element));

  // Transparent, or clipped to next to nothing.
  oc.isUnseen = (element) => {
    for (const at of [...oc.ancestry(element)].slice(0, 4)) {
      const style = getComputedStyle(at);
      const { width, height } = at.getBoundingClientRect();
      const isThin = Math.min(width, height) < THINNEST && (at === element || style.overflow !== "visible");
      if (isThin || style.opacity === "0") return true;
    }
    return false;
  };

  // What the editor around such an element draws; undefined when none is: it is placed within its editor, not in the page.
  const drawn = (element) => {
    if (element.editContext) return even(element.innerText);
    const size = (at) => Math.min(at.offsetWidth, at.offsetHeight);
    const isPlace = (at) => at !== element && size(at) > THINNEST && getComputedStyle(at).position !== "static" && !oc.isUnseen(at);
    const editor = [...oc.ancestry(element)].find(isPlace);
    return editor && editor !== document.body && even(editor.innerText);
  };

  // Whether it has come to show every line of the text.
  const shows = ({ element, drawn: before }, wanted) => {
    const now = drawn(element);
    return now !== before && even(wanted).split("\n").every((line) => now?.includes(line.trim()));
  };

  // What an editor itself would copy when it is asked to; the clipboard is not touched. Null when it would copy nothing.
  const copyOf = (element) => {
    const clipboardData = new DataTransfer();
    element.dispatchEvent(new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true, composed: true }));
    const said = clipboardData.getData("text/plain");
    // Or it leaves the copying to the browser, and puts what is to be copied where the browser takes it from.
    const isAll = element.selectionStart === 0 && element.selectionEnd === element.value.length;
    const text = said || (isAll && element.value) || null;
    // Where nothing is selected, editors copy the line.
    return text === "\n" ? "" : text && even(text);
  };

  const takesText = (element) => ["text", "set"].includes(oc.kindOf(element)) || element.isContentEditable;

  // Remembers where a control is, for when the page takes it out of its document. -> a function: the one that has taken its
  // place then, which is where it was or has the focus; null when there is none.
  oc.succession = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const isAlike = (at) => at && (at.localName === element.localName || (takesText(at) && takesText(element)));
    return () => [oc.focused(), document.elementFromPoint(x + width / 2, y + height / 2)].find(isAlike) ?? null;
  };

  // How an answer names another element than the one that was aimed at.
  oc.other = (element) => (element ? { n: oc.refOf(element), element: oc.tagOf(element) } : {});

  let watch = null;

  // Begins to listen for input that is about to be sent: the page may refuse it, take it, or make something else of it.
  // The listeners are this world's; the page does not see them.
  oc.listen = (element, within) => {
    watch?.end();
    const host = oc.hostOf(element);
    // An editor may replace the part that was aimed at, and a page the whole field.
    const successor = oc.succession(host);
    const seen = () => [element, host].find((at) => at.isConnected) ?? successor();
    const strays = new Set();
    const isOurs = (event) => event.composedPath().includes(host) || oc.isWithin(host, event.composedPath()[0]);
    const begun = { element, before: textOf(element), asked: false, taken: false, selectedAll: false, told: false, wake: () => {} };
    begun.putOff = oc.counting();
    begun.isProxy = oc.isProxy(element);
    if (begun.isProxy) begun.drawn = drawn(element);
    const on = {
      keydown: begun.putOff,
      beforeinput: () => {
        begun.putOff();
        begun.asked = true;
      },
      input: (event) => {
        begun.asked = begun.taken = true;
        if (event.isTrusted && !isOurs(event)) strays.add(event.composedPath()[0]);
      },
      keyup: ({ key, ctrlKey, metaKey }) => {
        if ((ctrlKey || metaKey) && key.toLowerCase() === "a") begun.selectedAll = true;
        else if (!["Control", "Meta"].includes(key)) begun.asked = true;
      },
      selectionchange: () => (begun.told = true),
    };
    const hear = (event) => {
      on[event.type](event);
      begun.wake();
    };
    const observer = new MutationObserver(() => begun.wake());
    observer.observe(host.getRootNode(), { subtree: true, childList: true, characterData: true });
    for (const type in on) addEventListener(type, hear, true);
    begun.end = () => {
      observer.disconnect();
      for (const type in on) removeEventListener(type, hear, true);
      if (watch === begun) watch = null;
    };
    // Until something holds, at most so many ms.
    begun.until = async (holds, most) => {
      const end = performance.now() + most;
      while (!holds() && performance.now() < end) {
        await new Promise((resolve) => {
          const timer = oc.later(resolve, end - performance.now());
          begun.wake = () => {
            clearTimeout(timer);
            resolve(oc.task());
          };
        });
      }
    };
    // Until something holds, as long as the page has put off what may still bring it since the last input.
    begun.settled = async (holds) => {
      if (holds()) return;
      await oc.task();
      const end = performance.now() + SETTLING;
      let timers = 0;
      for (let left = FRAMES; !holds(); left--) {
        const off = begun.putOff();
        timers += off.timers;
        if (off.frames > 0 && left > 0) await oc.frame();
        else if (timers > 0) return begun.until(holds, end - performance.now());
        else return;
      }
    };
    begun.allSelected = async () => {
      await begun.until(() => begun.selectedAll, UNHEARD);
      await begun.until(() => begun.told, SELECTING);
      await oc.task();
      begun.selectedAll = begun.told = false;
    };
    begun.isPart = within || host !== element;
    begun.held = (wanted) => {
      const at = seen();
      if (!at) return { length: 0, matches: null };
      return oc.holding(at, wanted, within || (at === host && host !== element));
    };
    begun.changed = () => seen() !== null && textOf(seen()) !== begun.before;
    // What else than the field has to do with the text.
    begun.others = () => {
      const others = {};
      const at = seen();
      if (!host.isConnected) others.replaced = oc.other(at);
      const told = (stray) => ({ ...oc.other(stray), ...oc.holding(stray, "") });
      others.strays = [...strays].filter((stray) => stray !== at && stray.isConnected).slice(0, MOST_STRAYS).map(told);
      return { ...others, next: oc.next };
    };
    watch = begun;
  };

  const selectContents = (element) => {
    // Editors look for the text that a selection begins and ends in. Chromium keeps one inside a shadow tree with that root.
    const root = element.getRootNode();
    const selection = (root.getSelection ? root : document).getSelection();
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const first = walker.nextNode();
    let last = first;
    for (let node; (node = walker.nextNode()); ) last = node;
    if (first) selection.setBaseAndExtent(first, 0, last, last.length);
    else selection.selectAllChildren(element);
  };

  // Selects what an element holds by script, and waits until the page has heard of it.
  oc.selectPart = async (element) => {
    const begun = watch;
    selectContents(element);
    await begun.until(() => begun.told, SELECTING);
    begun.told = false;
  };

  // Runs beside the keys that select all: by them an editor selects what it alone knows of, such as lines that it has
  // not drawn. Ends when the page has heard of the selection, which it must before it can replace it.
  // -> {ok: {length}}, what is selected, at least 1 where nobody can tell.
  oc.selected = async () => {
    const begun = watch;
    if (!begun) return { ok: { length: 1 } };
    const { element } = begun;
    await begun.allSelected();
    const { length } = oc.bare(element);
    if (!begun.isProxy && length > 0 && document.getSelection().isCollapsed && element.getRootNode() === document) {
      await oc.selectPart(element);
    }
    if (begun.isProxy) begun.copied = copyOf(element);
    begun.asked = begun.taken = false;
    return { ok: { length: begun.isProxy ? (begun.copied ?? " ").length : length } };
  };

  // What came of the text that was sent: as soon as the field holds it, else when nothing more comes. It runs beside
  // the input, so it waits until the input is heard of. -> {ok: {value?, length, matches, maxLength?, changed, taken,
  // copies?, replaced?, strays?, next?}}; `matches` is null where it cannot be told, `copies`: an editor that may tell by
  // copied(), `replaced`: what is told is of this one, which took its place, `strays`: other fields that text went into.
  oc.heldAfter = async (wanted) => {
    const begun = watch;
    if (!begun) return { ok: null };
    await begun.until(() => begun.asked, UNHEARD);
    await oc.task();
    begun.told = false;
    if (begun.isProxy) return { ok: await heldByEditor(begun, wanted) };
    await begun.settled(() => begun.held(wanted).matches);
    const held = begun.held(wanted);
    const copies = !held.matches && !begun.isPart && begun.element.isConnected && begun.element.isContentEditable;
    if (!copies) begun.end();
    return { ok: { ...held, changed: begun.changed(), taken: begun.taken, copies, ...begun.others() } };
  };

  const heldByEditor = async (begun, wanted) => {
    const { taken } = begun;
    if (!begun.isPart) return { length: 0, matches: null, changed: false, taken, copies: true };
    await begun.settled(() => shows(begun, wanted));
    begun.end();
    return { length: 0, matches: shows(begun, wanted) || null, changed: false, taken };
  };

  // Runs beside the keys that select all once more: what the editor would copy now. -> {ok: as heldAfter(), or null when
  // it copies nothing by itself}.
  oc.copied = async (wanted) => {
    const begun = watch;
    if (!begun) return { ok: null };
    const { element, isProxy, taken, copied: before } = begun;
    await begun.allSelected();
    const text = copyOf(element);
    begun.end();
    if (text === null) return { ok: isProxy ? { length: 0, matches: null, changed: false, taken: true } : null };
    const whole = isProxy ? judged(element, text, even(wanted)) : judged(element, lines(text), lines(wanted));
    return { ok: { ...whole, changed: text !== (before ?? text), taken } };
  };
})();
