// What moves or fades around an element, whether that comes to an end, and what of it can be seen between two looks.
// Needs target.js.
(() => {
  const oc = globalThis.__openclaw;

  // What a view transition draws over the page is animated in the name of the root, and is what the mouse meets there.
  const animations = (element) =>
    element === document.documentElement ? document.getAnimations().filter((at) => at.effect?.target === element) : element.getAnimations();
  const running = (element) => animations(element).filter((animation) => animation.playState === "running");

  // Properties by which an ancestor's animation carries the element, and those by which anybody's pushes it.
  // (A keyframe's own `offset` is not the CSS property, which is spelt `cssOffset`.)
  const CARRIES = /^(transform|translate|rotate|scale|perspective|zoom|cssOffset|offset(Path|Distance|Anchor|Position|Rotate))/;
  const PUSHES =
    /^((min|max)?(width|height|blockSize|inlineSize)|margin|padding|inset|top|left|right|bottom|border\w*Width|flex|grid|\w*gap|font|lineHeight|letterSpacing|display|zoom)/i;

  const namesOf = (animation) => animation.effect.getKeyframes().flatMap(Object.keys);

  // Running animations that may move the element.
  const movers = (element) => {
    const line = new Set(oc.ancestry(element));
    return document.getAnimations().concat([...line].flatMap(running)).filter((animation) => {
      if (animation.playState !== "running" || !animation.effect?.target) return false;
      return namesOf(animation).some((name) => PUSHES.test(name) || (line.has(animation.effect.target) && CARRIES.test(name)));
    });
  };

  // A new animation shows no movement before its second frame.
  const isNew = (animation) => animation.pending || !animation.currentTime;
  const isEndless = (animation) => animation.effect.getComputedTiming().endTime === Infinity;

  // How far a box went, as a share of its smaller side.
  const drift = (from, to) => {
    const far = Math.max(
      Math.abs(from.x - to.x), Math.abs(from.y - to.y),
      Math.abs(from.width - to.width), Math.abs(from.height - to.height),
    );
    return far / Math.max(1, Math.min(to.width, to.height));
  };

  // Whether an animation around the element, or what covers it, comes to an end that may end a refusal for this reason.
  const isEnding = (element, why) =>
    [...oc.ancestry(element)].flatMap(running).some((animation) => {
      if (isEndless(animation)) return false;
      if (!["hidden", "offscreen"].includes(why)) return true;
      return namesOf(animation).some((name) => PUSHES.test(name) || CARRIES.test(name) || /visibility/i.test(name));
    });

  // A picture of what covers: scripts fade things without any animation that could be asked for. What an endless one
  // changes goes on for ever.
  const look = (hit) => {
    const line = [...oc.ancestry(hit)];
    const still = line.filter((at) => !running(at).some(isEndless));
    const box = still.length === line.length ? JSON.stringify(hit.getBoundingClientRect()) : "";
    return still.map((at) => getComputedStyle(at).opacity).join() + box;
  };

  oc.motion = { movers, isNew, isEndless, isEnding, drift, look };
})();
