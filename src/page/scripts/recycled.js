// Whether an element is still called what the last listing has told of it: lists that draw only what shows put new rows
// into old elements. Needs what a listing needs.
(() => {
  const oc = globalThis.__openclaw;
  const { css, names, roles } = oc;
  const MOST = 80; // UTF-16 units of a name that are shown

  const nameOf = (element, mode) => {
    css.begin();
    roles.begin(mode);
    names.begin(mode);
    try {
      return names.of(element, roles.of(element));
    } finally {
      for (const part of [css, roles, names]) part.end();
    }
  };

  // What mostly makes the name, without asking for styles.
  const isCalled = (element, name) => {
    const said = [element.textContent, ...["aria-label", "alt", "title", "placeholder"].map((at) => element.getAttribute(at) ?? "")];
    return said.some((text) => names.tidy(text) === name);
  };

  const shown = (text) => (text.length > MOST ? text.slice(0, MOST - 1) + "…" : text);

  /** -> {was, now}, or undefined when it is called as it was, or was never listed. Of what has no name the words count. */
  oc.renamed = (element) => {
    const { name, text, mode } = element[oc.LISTED] ?? {};
    if (!mode || element.isContentEditable || oc.describe.secret(element)) return undefined;
    names.begin(mode);
    if (name && isCalled(element, name)) return undefined;
    const [was, now] = name ? [name, nameOf(element, mode)] : [text, oc.wordsOf(element)].map((words) => words && names.tidy(words));
    return was === null || now === null || was === now ? undefined : { was: shown(was), now: shown(now) };
  };
})();
