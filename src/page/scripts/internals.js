// Custom elements that say what they are in their internals: which of those that a walk has met are to be asked about,
// and what came of it. The browser is asked from outside.
(() => {
  const oc = globalThis.__openclaw;
  const { tongues } = oc;

  /** Those to be asked about, when of the tags unheard of only these may say something. */
  oc.takeSpeakers = (tags) => {
    for (const tag of oc.unheard()) tongues.set(tag, tags.includes(tag));
    const taken = oc.met.filter((element) => tongues.get(element.localName));
    oc.met = [];
    return taken;
  };

  /** Takes what each of them says, null where it says nothing. -> {isNew: it is something else than before, isAny}. */
  oc.hear = (elements, answers) => {
    const sayings = (oc.sayings ??= new WeakMap());
    const speaking = new Set(elements.filter((_, at) => answers[at] !== null).map((element) => element.localName));
    let isNew = false;
    elements.forEach((element, at) => {
      // A tag of which none says anything is not asked again.
      if (!speaking.has(element.localName)) tongues.set(element.localName, false);
      if (JSON.stringify(answers[at]) === JSON.stringify(sayings.get(element) ?? null)) return;
      sayings.set(element, answers[at]);
      isNew = true;
    });
    return { isNew, isAny: speaking.size > 0 };
  };
})();
