// What an origin keeps in a browser context, as one text, and back. It runs in an empty document of that origin, where
// nobody has changed anything; what values of databases become is told in `storage_values.js`.
({
  /** The keys of local storage. One such as `getItem` is no property of it. */
  keys: () => Array.from({length: localStorage.length}, (_, at) => localStorage.key(at)),

  /** What a request of a database comes to. */
  done: (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = (event) => {
      // It is answered here, and what else the transaction does is its own matter.
      event.preventDefault();
      reject(request.error);
    };
  }),

  /** A database as it is; null when it has gone meanwhile. */
  async open(name) {
    const request = indexedDB.open(name);
    // Nothing is made that was not there.
    request.onupgradeneeded = () => request.transaction.abort();
    const database = await this.done(request).catch(() => null);
    // Whoever wants to change it need not wait for us.
    if (database) database.onversionchange = () => database.close();
    return database;
  },

  /** How the stores of a database are made. */
  schema(transaction, names) {
    return [...names].map((name) => {
      const store = transaction.objectStore(name);
      const indexes = [...store.indexNames].map((index) => {
        const {keyPath, unique, multiEntry} = store.index(index);
        return {name: index, keyPath, unique, multiEntry};
      });
      return {name, keyPath: store.keyPath, autoIncrement: store.autoIncrement, indexes};
    });
  },

  /** All records of a store, a few at a time: `[key, value]`. */
  async *records(store) {
    const AT_ONCE = 200;
    let range;
    for (;;) {
      const [keys, values] = await Promise.all([
        this.done(store.getAllKeys(range, AT_ONCE)), this.done(store.getAll(range, AT_ONCE)),
      ]);
      yield keys.map((key, at) => [key, values[at]]);
      if (keys.length < AT_ONCE) return;
      range = IDBKeyRange.lowerBound(keys.at(-1), true);
    }
  },

  /** One database as data, with what of it could not be carried. */
  async readDatabase(name, values, room) {
    const database = await this.open(name);
    if (!database) return null;
    try {
      const names = database.objectStoreNames;
      if (!names.length) return {state: {name, version: database.version, stores: []}, size: 0, records: 0, lost: []};
      const transaction = database.transaction(names);
      const stores = this.schema(transaction, names);
      const lost = new Map();
      let [size, records] = [0, 0];
      for (const store of stores) {
        store.records = [];
        for await (const batch of this.records(transaction.objectStore(store.name))) {
          for (const record of batch) {
            try {
              const text = JSON.stringify(values.pack(record));
              size += text.length;
              records += 1;
              store.records.push(text);
            } catch (error) {
              const why = error instanceof values.Unpackable ? error.message : 'something too deep';
              lost.set(why, (lost.get(why) ?? 0) + 1);
            }
          }
          if (size > room) return {tooLarge: true};
        }
      }
      const left = [...lost].map(([why, count]) => `${count} records hold ${why}`);
      return {state: {name, version: database.version, stores}, size, records, lost: left};
    } finally {
      database.close();
    }
  },

  /** Everything as a text that `write` understands, and how much it is. */
  async read(values, most) {
    const local = this.keys().map((key) => [key, localStorage.getItem(key)]);
    const [databases, lost] = [[], []];
    let [room, records] = [most, 0];
    for (const {name} of await indexedDB.databases()) {
      const read = await this.readDatabase(name, values, room);
      if (!read) continue;
      const about = `database ${JSON.stringify(name)}`;
      if (read.tooLarge) {
        lost.push(`${about} was left out: more than ${most >> 20} MB are too much`);
        continue;
      }
      databases.push(read.state);
      room -= read.size;
      records += read.records;
      lost.push(...read.lost.map((why) => `${about}: ${why}, which cannot be carried; they were left out`));
    }
    const text = JSON.stringify({local, databases});
    return {text, localStorage: local.length, databases: databases.length, records, lost};
  },

  /** Makes the stores of a database anew. */
  make(database, stores) {
    for (const name of [...database.objectStoreNames]) database.deleteObjectStore(name);
    for (const {name, keyPath, autoIncrement, indexes} of stores) {
      const store = database.createObjectStore(name, {keyPath, autoIncrement});
      for (const {name, keyPath, unique, multiEntry} of indexes) {
        store.createIndex(name, keyPath, {unique, multiEntry});
      }
    }
  },
  /** Puts records into the stores of a transaction. */
  fill(transaction, stores, values) {
    for (const {name, keyPath, records} of stores) {
      const store = transaction.objectStore(name);
      for (const text of records) {
        const [key, value] = values.unpack(JSON.parse(text));
        if (keyPath === null) store.put(value, key); else store.put(value);
      }
    }
  },

  /** Makes one database what the data says; why not, where it cannot. */
  async writeDatabase({name, version, stores}, values) {
    const request = indexedDB.open(name, version);
    let why = null;
    request.onupgradeneeded = () => {
      try {
        this.make(request.result, stores);
        this.fill(request.transaction, stores, values);
      } catch (error) {
        why = error.name;
        request.transaction.abort();
      }
    };
    const database = await this.done(request).catch((error) => { why ??= error.name; });
    database?.close();
    return why;
  },

  /** Makes what is there what the text says; answers what could not be done. */
  async write(text, values) {
    const {local, databases} = JSON.parse(text);
    const lost = [];
    const wanted = new Map(local);
    for (const key of this.keys()) if (!wanted.has(key)) localStorage.removeItem(key);
    try {
      for (const [key, value] of wanted) {
        if (localStorage.getItem(key) !== value) localStorage.setItem(key, value);
      }
    } catch {
      lost.push('localStorage is full; some of it was left out');
    }
    for (const database of databases) {
      const why = await this.writeDatabase(database, values);
      if (why) lost.push(`database ${JSON.stringify(database.name)} was left out: ${why}`);
    }
    return {lost};
  },
})
