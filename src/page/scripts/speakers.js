// One expression for the page's own world: which of these tags are of custom elements whose class may say what they are
// in their internals. It reads what the classes are written like, and calls nothing of theirs.
(tags) => tags.filter((tag) => {
  let text = "";
  for (let made = customElements.get(tag); made && made !== HTMLElement; made = Object.getPrototypeOf(made)) {
    text += Function.prototype.toString.call(made);
  }
  return text.includes("attachInternals") && /\brole\b|aria[A-Z]/.test(text);
})
