// The document as a trace's snapshot tells it: nested lists of name, attributes and children. What a password field
// holds is never part of it, nor any other text that is drawn as dots or was when it was last looked at. Not one of our world's functions: it is sent only while a trace is being taken.
(() => {
  const SKIPPED = new Set(["SCRIPT", "NOSCRIPT", "TEMPLATE", "BASE"]);
  const isSecret = globalThis.__openclaw.describe.secret;
  const rules = (sheet) => {
    try {
      return [...sheet.cssRules].map((rule) => rule.cssText).join("\n");
    } catch {
      // Another site's.
      return null;
    }
  };
  const attributes = (element) => {
    const told = {};
    for (const { name, value } of element.attributes) {
      if (!name.startsWith("on") && name !== "nonce" && name !== "integrity") told[name] = value;
    }
    if (element.scrollTop) told.__playwright_scroll_top_ = String(element.scrollTop);
    if (element.scrollLeft) told.__playwright_scroll_left_ = String(element.scrollLeft);
    return told;
  };
  const isDotted = (element) => isSecret(element) || (element.parentElement?.isContentEditable && isDotted(element.parentElement));
  const children = (node) => {
    const holder = node.host ?? node;
    const nodes = [...node.childNodes];
    const hides = nodes.some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim()) && isDotted(holder);
    return nodes.filter((child) => !hides || child.nodeType === Node.ELEMENT_NODE).map(visit).filter((child) => child !== null);
  };
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.nodeValue;
    if (node.nodeType !== Node.ELEMENT_NODE || SKIPPED.has(node.nodeName)) return null;
    const told = attributes(node);
    switch (node.nodeName) {
      case "STYLE":
        return ["STYLE", told, rules(node.sheet ?? {}) ?? node.textContent];
      case "LINK": {
        const text = node.sheet && rules(node.sheet);
        return text == null ? ["LINK", told] : ["STYLE", {}, text];
      }
      case "INPUT":
      case "TEXTAREA":
        if (isSecret(node)) {
          delete told.value;
          return [node.nodeName, told];
        }
        if (node.type !== "file") told.__playwright_value_ = node.value;
        if (node.type === "checkbox" || node.type === "radio") told.__playwright_checked_ = String(node.checked);
        return [node.nodeName, told];
      case "OPTION":
        told.__playwright_selected_ = String(node.selected);
        break;
      case "IMG":
        if (node.currentSrc) told.__playwright_current_src__ = node.currentSrc;
        break;
      case "IFRAME":
      case "FRAME":
        // Each frame is another document; this one is told alone.
        delete told.src;
        delete told.srcdoc;
        return [node.nodeName, told];
    }
    const inside = children(node);
    if (node.nodeName === "HEAD") inside.unshift(["BASE", { href: document.baseURI }]);
    if (node.shadowRoot) {
      inside.unshift(["template", { __playwright_shadow_root_: "open" }, ...children(node.shadowRoot)]);
    }
    return [node.nodeName, told, ...inside];
  };
  return {
    html: JSON.stringify(visit(document.documentElement)),
    doctype: document.doctype?.name ?? null,
    url: location.href,
    width: innerWidth,
    height: innerHeight,
  };
})()
