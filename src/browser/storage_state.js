// What an origin keeps in a browser context, as one text, and back. It runs in an empty document of that origin, where
// nobody has changed anything.
({
  /** The keys of local storage. One such as `getItem` is no property of it. */
  keys: () => Array.from({length: localStorage.length}, (_, at) => localStorage.key(at)),

  /** Everything as a text that `write` understands, and how much it is. */
  async read() {
    const local = this.keys().map((key) => [key, localStorage.getItem(key)]);
    return {text: JSON.stringify({origin, local}), localStorage: local.length, lost: []};
  },

  /** Makes what is there what the text says; answers what could not be done. */
  async write(text) {
    const state = JSON.parse(text);
    const lost = [];
    const wanted = new Map(state.local);
    for (const key of this.keys()) if (!wanted.has(key)) localStorage.removeItem(key);
    try {
      for (const [key, value] of wanted) {
        if (localStorage.getItem(key) !== value) localStorage.setItem(key, value);
      }
    } catch {
      lost.push('localStorage is full; some of it was left out');
    }
    return {lost};
  },
})
