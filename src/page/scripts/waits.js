// Waits for text or an element to be seen, or for text to go.
// Works in background tabs: timers and mutations only, no animation frames.
// Needs pace.js and target.js.
(() => {
  const oc = globalThis.__openclaw;
  const POLL = 100; // ms; for what changes without a mutation of the document: styles, animations, shadow trees
  const LEAST_PAUSE = 15; // ms between two looks, however often the page changes
  const RESTRAINT = 4; // the pause is at least this many times as long as a look takes: a big page keeps its thread

  const collapse = (text) => text.replace(/\s+/g, " ").trim().toLowerCase();

  // Text as it is rendered, with what innerText leaves out: shadow trees and the captions of input buttons.
  const renderedIn = function* (root) {
    if (root === document) {
      yield document.body?.innerText ?? document.documentElement?.textContent ?? "";
    } else if (oc.isVisible(root.host)) {
      for (const child of root.childNodes) yield textOf(child);
    }
    for (const button of root.querySelectorAll("input:is([type=submit], [type=button], [type=reset])")) {
      if (oc.isVisible(button)) yield button.value;
    }
  };

  // innerText of what is not rendered would be its source text.
  const textOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    return node instanceof HTMLElement && getComputedStyle(node).display !== "none" ? node.innerText : "";
  };

  const showsText = (wanted) => {
    for (const root of oc.roots()) {
      for (const text of renderedIn(root)) if (collapse(text).includes(wanted)) return true;
    }
    return false;
  };

  const CONDITIONS = {
    text: { of: (text) => `text ${JSON.stringify(text)} to be visible`, holds: (text) => showsText(collapse(text)) },
    textGone: { of: (text) => `text ${JSON.stringify(text)} to go`, holds: (text) => !showsText(collapse(text)) },
    selector: {
      of: (selector) => `selector ${JSON.stringify(selector)} to be visible`,
      holds: (selector) => oc.query(selector).some(oc.isVisible),
    },
  };

  // Whether `holds` became true in time: asked now, after mutations, every POLL, and once more at the end.
  const until = (holds, timeoutMs) =>
    new Promise((resolve, reject) => {
      const end = performance.now() + timeoutMs;
      let timer;
      let due = Infinity; // when the next look is planned
      let pause = LEAST_PAUSE;
      let lookedAt = 0;
      const finish = (settle, value) => {
        due = -Infinity;
        clearTimeout(timer);
        observer.disconnect();
        settle(value);
      };
      const plan = (at) => {
        if (at >= due) return;
        due = at;
        clearTimeout(timer);
        const delay = at - performance.now();
        // A task of the scheduler runs at once in background tabs too, where timers may be held back for a second.
        if (delay > 0) timer = oc.later(look, delay);
        else scheduler.postTask(look);
      };
      const look = () => {
        if (due === -Infinity) return;
        due = Infinity;
        lookedAt = performance.now();
        try {
          if (holds()) return finish(resolve, true);
        } catch (error) {
          return finish(reject, error);
        }
        const now = performance.now();
        if (now >= end) return finish(resolve, false);
        pause = Math.max(LEAST_PAUSE, (now - lookedAt) * RESTRAINT);
        plan(Math.min(now + Math.max(POLL, pause), end));
      };
      const observer = new MutationObserver(() => plan(Math.max(performance.now(), lookedAt + pause)));
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      look();
    });

  // The innermost element whose text holds the wanted one.
  const holder = (root, wanted, textOf) => {
    let at = root === document ? document.body : root;
    if (!at || !collapse(textOf(at)).includes(wanted)) return null;
    for (let inner = at; inner; inner = [...at.children].find((child) => collapse(textOf(child)).includes(wanted))) at = inner;
    return at instanceof Element ? at : (root.host ?? null);
  };
  const holderIn = (wanted, textOf) => {
    for (const root of oc.roots()) {
      const found = holder(root, wanted, textOf);
      if (found) return found;
    }
    return null;
  };

  const MOST_LINES = 5000; // looked at for a text that is like the wanted one
  const ALIKE = 0.5; // of the wanted text's pairs of letters
  const pairs = (text) => {
    const letters = [...text];
    return new Set(letters.slice(1).map((letter, at) => letters[at] + letter));
  };

  // The shown line that has the most in common with the wanted text, if it has enough.
  const nearest = (wanted) => {
    const own = pairs(wanted);
    let best = null;
    let looked = 0;
    for (const root of oc.roots()) {
      for (const text of renderedIn(root)) {
        for (const line of text.split("\n")) {
          if (line.trim() === "" || ++looked > MOST_LINES) continue;
          const its = pairs(collapse(line.slice(0, 300)));
          const share = [...own].filter((pair) => its.has(pair)).length / Math.max(1, own.size);
          const better = !best || share > best.share || (share === best.share && line.length < best.line.length);
          if (share >= ALIKE && better) best = { share, line };
        }
      }
    }
    return best && clip(best.line.trim());
  };
  const clip = (text) => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);

  const hiding = (element) => {
    const { by, how } = oc.hiddenBy(element);
    return by ? `${by} ${how}` : `${oc.tagOf(element)} ${how === "it has no size" ? "has no size" : how}`;
  };

  // What is there instead, for a person to read.
  const INSTEAD = {
    text: (text) => {
      const hidden = holderIn(collapse(text), (node) => node.textContent);
      if (hidden && !["script", "style", "template", "noscript"].includes(hidden.localName) && !oc.isVisible(hidden)) {
        return `it is there, but hidden: ${hiding(hidden)}`;
      }
      const near = nearest(collapse(text));
      return near ? `the nearest text is ${near}` : "no text is like it";
    },
    textGone: (text) => {
      const shown = holderIn(collapse(text), (node) => node.innerText ?? node.textContent);
      return shown ? `it is still in ${oc.tagOf(shown)}` : "it is still there";
    },
    selector: (selector) => {
      const found = oc.query(selector);
      if (found.length === 0) return "nothing matches it";
      const count = found.length === 1 ? "1 element matches, but is not visible" : `${found.length} elements match, but none is visible`;
      return `${count}: ${hiding(found[0])}`;
    },
  };

  // One look at conditions whose time is over -> {name: {holds, instead}}.
  oc.unmet = (wanted) => {
    const told = {};
    for (const [name, value] of Object.entries(wanted)) {
      try {
        const holds = CONDITIONS[name].holds(value);
        told[name] = { holds, instead: holds ? null : INSTEAD[name](value) };
      } catch (error) {
        told[name] = { holds: false, instead: String(error.message) };
      }
    }
    return told;
  };

  // Conditions in the order text, textGone, selector, each with the whole time. Text is looked for as a person would:
  // anywhere, as part of a longer text, upper and lower case alike, white space collapsed.
  // -> {ok: true}; fails: timeout {condition, timeoutMs}, badSelector {message}.
  oc.wait = async ({ timeoutMs, ...wanted }) => {
    for (const [name, { of, holds }] of Object.entries(CONDITIONS)) {
      const value = wanted[name];
      if (value === undefined || value === null) continue;
      try {
        if (!(await until(() => holds(value), timeoutMs))) return oc.fail("timeout", { condition: of(value), timeoutMs });
      } catch (error) {
        if (error.name !== "SyntaxError") throw error;
        return oc.fail("badSelector", { message: String(error.message) });
      }
    }
    return { ok: true };
  };
})();
