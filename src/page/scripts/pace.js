// Time in a document: frames, tasks and timers, and whether the page itself has put something off until one of them.
// It knows nothing of elements. Needs world.js.
(() => {
  const oc = globalThis.__openclaw;
  const FRAME = 50; // ms; stands in for an animation frame, which a background tab never gets
  const UNHEARD = 100; // ms after which input counts as not heard here: the page may keep its events from everybody
  const own = { frames: 0, timers: 0, idles: 0 };

  /** setTimeout, counted as ours. */
  oc.later = (run, ms) => {
    own.timers++;
    return setTimeout(run, ms);
  };

  const nextFrame = (run) => {
    own.frames++;
    return requestAnimationFrame(run);
  };

  /** Settles with the next frame: true; false when none came in time. */
  oc.frame = (ms = FRAME) =>
    new Promise((resolve) => {
      const timer = oc.later(() => resolve(false), ms);
      nextFrame(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });

  /** Settles a task later: after the event that is being handled. */
  oc.task = () => new Promise((resolve) => scheduler.postTask(resolve));

  /** Settles when timers that were due at once have run. */
  oc.due = () => new Promise((resolve) => oc.later(resolve, 0)).then(oc.task);

  // A document numbers the frames, the timers and the idle callbacks that are asked for from one on, ours and the page's in
  // one row (the step "return handle" of the HTML standard; that worlds share the row was measured in Chromium 156).
  const asked = () => {
    const frame = nextFrame(() => {});
    const timer = oc.later(() => {}, 0);
    const idle = requestIdleCallback(() => {});
    own.idles++;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    cancelIdleCallback(idle);
    // What waits until nothing else is to be done is a timer that nobody knows the time of.
    return { frames: frame - own.frames, timers: timer - own.timers + (idle - own.idles) };
  };

  /** Begins to count what the page puts off. -> a function: {frames, timers} that it has asked for since the last call. */
  oc.counting = () => {
    let before = asked();
    return () => {
      const { frames, timers } = before;
      before = asked();
      return { frames: before.frames - frames, timers: before.timers - timers };
    };
  };

  /** Settles when the mouse was let go so often. This runs beside the input, and may run before it. */
  oc.releases = (heard, count) =>
    new Promise((resolve) => {
      const timer = oc.later(resolve, UNHEARD);
      heard.wake = () => {
        if (heard.released < count) return;
        clearTimeout(timer);
        resolve();
      };
      heard.wake();
    });
})();
