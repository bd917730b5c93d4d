// One expression for the page's own world, evaluated with the inspector's command line API (isolated worlds do not
// see the page's listeners): which elements of the document have a listener for a click. It writes nothing; the walk
// takes its answer as `clickable`, and ignores it when the document has changed in between.
(() => {
  // What is a control by itself needs no listener to be told.
  const selector = ":not(a[href],button,input,select,textarea,option,script,style,link,meta,head,title)";
  const all = document.querySelectorAll(selector);
  const found = [];
  for (let i = 0; i < all.length; i++) {
    const listeners = getEventListeners(all[i]);
    if (listeners.click || listeners.mousedown || listeners.pointerdown || listeners.mouseup || listeners.dblclick) found.push(i);
  }
  return [selector, all.length, ...found];
})()
