// Finds file inputs: the element itself, or the control of a label.
// It does not know files. Needs target.js: oc.find(spec), oc.fail(why, culprit), oc.isDisabled(element).
(() => {
  const oc = (globalThis.__openclaw ??= {});

  const inputOf = (element) => {
    const control = element?.localName === "label" ? element.control : element;
    return control?.localName === "input" && control.type === "file" ? control : null;
  };

  // -> the input, or null.
  oc.fileInputOf = (spec) => inputOf(oc.find(spec).element);

  // -> {ok: true or false}
  oc.isFileInput = (spec) => {
    const { element, fail } = oc.find(spec);
    return fail ? { fail } : { ok: inputOf(element) !== null };
  };

  // -> {ok: {multiple}}; fails: notFileInput, disabled.
  oc.fileInput = (spec) => {
    const { element, fail } = oc.find(spec);
    if (fail) return { fail };
    const input = inputOf(element);
    if (!input) return oc.fail("notFileInput");
    if (oc.isDisabled(input)) return oc.fail("disabled");
    return { ok: { multiple: input.multiple || input.webkitdirectory } };
  };
})();
