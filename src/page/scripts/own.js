// What an element itself says, whatever the page calls its fields: a form's controls stand before the properties of the
// form, in every world (`LegacyOverrideBuiltIns` of Web IDL), so that `<input name=parentElement>` is its form's
// `parentElement`. Symbols are no names of fields. Under one for each name in OWN, an element has what its prototypes have
// under that name; `scripts.rs` writes `element[$parentElement]` wherever a script says `element.parentElement`.
(() => {
  const oc = globalThis.__openclaw;

  /** Sets this up for a window, whose elements have prototypes of their own. */
  oc.own = (window) => {
    const { Object: { prototype: anything }, Node, Element, HTMLElement, HTMLFormElement } = window;
    if (Object.hasOwn(anything, Symbol.for(OWN[0]))) return;
    for (const name of OWN) {
      const key = Symbol.for(name);
      const put = (prototype, property) => Object.defineProperty(prototype, key, property);
      // Whatever else has such a property: nothing comes before it there.
      put(anything, { get() { return this[name]; }, set(value) { this[name] = value; } });
      for (const { prototype } of [Node, Element, HTMLElement, HTMLFormElement]) {
        const native = Object.getOwnPropertyDescriptor(prototype, name);
        if (native) put(prototype, native);
      }
      if (!(name in HTMLFormElement.prototype)) put(HTMLFormElement.prototype, { value: undefined });
      // Only a shadow root has one that is an element: a link's is a text.
      if (name === "host") put(Element.prototype, { value: undefined });
    }
  };

  oc.own(globalThis);
})();
