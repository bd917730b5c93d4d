// Where the areas of image maps are: they have no boxes of their own.
// Needs style.js.
(() => {
  const oc = globalThis.__openclaw;

  /** The images that show an area's map. */
  oc.imagesOf = (area) =>
    [...area.getRootNode().querySelectorAll("img[usemap]")].filter((image) => oc.mapOf(image)?.contains(area));

  /** The boxes that an area covers: in Chromium, its coordinates count from the corner of its image with border and padding. The box around a polygon
      comes before strips that lie in it. */
  oc.areaBoxes = (area) => oc.imagesOf(area).flatMap((image) => shapeOf(area, image));

  /** The box around an element. */
  oc.outline = (element) => (element.localName === "area" && oc.areaBoxes(element)[0]) || element.getBoundingClientRect();

  const shapeOf = (area, image) => {
    const [outer] = image.getClientRects();
    if (!outer) return [];
    const [across, down] = [outer.width / image.offsetWidth || 1, outer.height / image.offsetHeight || 1];
    const box = ([x, y], [right, bottom]) =>
      new DOMRect(outer.x + x * across, outer.y + y * down, (right - x) * across, (bottom - y) * down);
    const numbers = area.coords.split(/[\s,;]+/).filter(Boolean).map(Number);
    const [x, y, third, fourth] = numbers;
    const shape = area.shape.toLowerCase();
    if (shape === "default") return [outer];
    if (numbers.some(Number.isNaN)) return [];
    if (shape.startsWith("circ")) return numbers.length < 3 ? [] : [box([x - third, y - third], [x + third, y + third])];
    if (!shape.startsWith("poly")) return numbers.length < 4 ? [] : [box([Math.min(x, third), Math.min(y, fourth)], [Math.max(x, third), Math.max(y, fourth)])];
    const points = [];
    for (let at = 0; at + 1 < numbers.length; at += 2) points.push([numbers[at], numbers[at + 1]]);
    if (points.length < 3) return [];
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    const strips = [0.5, 0.25, 0.75].map((share) => strip(points, top + (bottom - top) * share)).filter(Boolean);
    return [[[Math.min(...xs), top], [Math.max(...xs), bottom]], ...strips].map(([from, to]) => box(from, to));
  };

  // The widest part of a polygon at a height.
  const strip = (points, y) => {
    const crossings = points.flatMap(([x1, y1], at) => {
      const [x2, y2] = points[(at + 1) % points.length];
      return y1 <= y !== y2 <= y ? [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)] : [];
    });
    crossings.sort((a, b) => a - b);
    let widest = null;
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const [from, to] = [crossings[at], crossings[at + 1]];
      if (!widest || to - from > widest[1][0] - widest[0][0]) widest = [[from, y], [to, y + 1]];
    }
    return widest;
  };
})();
