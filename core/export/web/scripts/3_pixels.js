// Pictures → the pixels that the model takes.

// Rows of blocks that are read from a picture at once: all pixels of a phone's photo would take 48 MB and more.
const BLOCKS_AT_ONCE = 64;

class PictureTooSmall extends Error {}

/** An upright picture without its colour profile, which the bot does not apply either. */
const bitmapOf = (blob) =>
  createImageBitmap(blob, {
    imageOrientation: "from-image",
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
  });

/**
 * The picture's pixels as {data, width, height}, RGB, over white. One that is larger than the model wants is
 * reduced to means of blocks, as the model does it, so that it needs a part of the memory.
 */
function pixelsOf(source, width, height) {
  if (Math.min(width, height) < SETTINGS.least_side) throw new PictureTooSmall();
  const factor = reduction(Math.min(width, height));
  const columns = Math.ceil(width / factor);
  const rows = Math.ceil(height / factor);
  const data = new Uint8Array(columns * rows * 3);
  const canvas = new OffscreenCanvas(width, Math.min(height, factor * BLOCKS_AT_ONCE));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  for (let row = 0; row < rows; row += BLOCKS_AT_ONCE) {
    const top = row * factor;
    const taken = Math.min(factor * BLOCKS_AT_ONCE, height - top);
    context.fillStyle = "white";
    context.fillRect(0, 0, width, taken);
    context.drawImage(source, 0, top, width, taken, 0, 0, width, taken);
    const strip = context.getImageData(0, 0, width, taken).data;
    reduceInto(data.subarray(row * columns * 3), strip, width, taken, factor);
  }
  return { data, width: columns, height: rows };
}

/** The side of a block, pixels: first a half, a quarter or an eighth, as a JPEG is decoded, then a whole factor. */
function reduction(shorter) {
  const side = SETTINGS.side;
  if (!side) return 1;
  const draft = [8, 4, 2].find((factor) => Math.floor(shorter / side) >= factor) ?? 1;
  return draft * Math.max(1, Math.floor(Math.ceil(shorter / draft) / side));
}

/** Writes the means of blocks of RGBA pixels, those at the right and the bottom perhaps smaller ones, as RGB. */
function reduceInto(target, pixels, width, height, factor) {
  let at = 0;
  for (let top = 0; top < height; top += factor) {
    const bottom = Math.min(top + factor, height);
    for (let left = 0; left < width; left += factor) {
      const right = Math.min(left + factor, width);
      let red = 0, green = 0, blue = 0;
      for (let y = top; y < bottom; y++) {
        for (let i = (y * width + left) * 4, end = (y * width + right) * 4; i < end; i += 4) {
          red += pixels[i];
          green += pixels[i + 1];
          blue += pixels[i + 2];
        }
      }
      const size = (bottom - top) * (right - left);
      target[at++] = Math.floor(red / size + 0.5);
      target[at++] = Math.floor(green / size + 0.5);
      target[at++] = Math.floor(blue / size + 0.5);
    }
  }
}
