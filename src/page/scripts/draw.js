// Draws boxes with short texts over an encoded picture, on a canvas that belongs to no document.
(() => {
  const oc = globalThis.__openclaw;
  if (oc.draw) return;

  const COLOR = "#ffb020", INK = "#1b1300";

  /** `picture` is base64, `boxes` are `[x, y, width, height, text]` in its pixels, `ratio` is how large a pixel of
      the page is in it. Yields the picture in base64, of the same `type` unless that would take more than `most`
      bytes: then it is a JPEG. */
  oc.draw = async ({ picture, type, boxes, ratio, most }) => {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const pen = canvas.getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    bitmap.close();
    const line = Math.max(1, 2 * ratio), size = Math.max(9, Math.round(11 * ratio));
    pen.font = `bold ${size}px sans-serif`;
    pen.textBaseline = "middle";
    pen.lineWidth = line;
    pen.strokeStyle = COLOR;
    for (const [x, y, width, height] of boxes) pen.strokeRect(x, y, width, height);
    // All boxes first: no line goes through a text.
    for (const [x, y, , , text] of boxes) {
      const width = pen.measureText(text).width + size / 2, height = size + 2;
      const left = Math.max(0, Math.min(x, canvas.width - width)), top = y >= height ? y - height : Math.max(0, y);
      pen.fillStyle = COLOR;
      pen.fillRect(left, top, width, height);
      pen.fillStyle = INK;
      pen.fillText(text, left + size / 4, top + height / 2);
    }
    let blob = await canvas.convertToBlob({ type, quality: 0.85 });
    if (blob.size > most) blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
    return { data: await base64(blob), type: blob.type };
  };

  const base64 = (blob) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });
})();
