// A heat map: numbers of a photo's places → colours over the photo.

const ORANGE = [213, 94, 0];
const BLUE = [0, 114, 178];
const MAP_WIDTH = 200;
const STRONGEST = 0.8;
// The share of the picture whose numbers are above the strongest colour's: one place does not fade the others.
const BEYOND = 0.01;
// Standard deviation of the blur, in places of the whole photo.
const BLUR = 0.35;

/** Draws the layers, each {box, rows, columns, values}, on a canvas of the photo's proportions. */
function drawMap(canvas, layers, width, height) {
  canvas.width = MAP_WIDTH;
  canvas.height = Math.max(1, Math.round((MAP_WIDTH * height) / width));
  const density = densityOf(layers, canvas.width, canvas.height);
  const sizes = Float32Array.from(density, Math.abs).sort();
  const strongest = Math.max(sizes[Math.floor((1 - BEYOND) * (sizes.length - 1))], 1e-12);
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  density.forEach((value, i) => {
    const alpha = 255 * STRONGEST * Math.min(Math.abs(value) / strongest, 1);
    image.data.set([...(value > 0 ? ORANGE : BLUE), alpha], i * 4);
  });
  context.putImageData(image, 0, 0);
}

/** The layers on top of each other, Float32Array (height × width). */
function densityOf(layers, width, height) {
  const density = new Float32Array(width * height);
  for (const layer of layers) {
    const [left, top, right, bottom] = layer.box.map((share, i) => share * (i % 2 ? height : width));
    const area = ((right - left) * (bottom - top)) / (width * height);
    const weight = layer.values.length / area;
    for (let y = Math.round(top); y < Math.round(bottom); y++) {
      for (let x = Math.round(left); x < Math.round(right); x++) {
        const column = ((x + 0.5 - left) / (right - left)) * layer.columns - 0.5;
        const row = ((y + 0.5 - top) / (bottom - top)) * layer.rows - 0.5;
        density[y * width + x] += weight * between(layer, row, column);
      }
    }
  }
  const [{ rows, columns }] = layers;
  const across = blurred(density, width, height, 1, width, (BLUR * width) / columns);
  return blurred(across, height, width, width, 1, (BLUR * height) / rows);
}

/** The layer's number at a point between its places. */
function between({ rows, columns, values }, row, column) {
  const clamped = (value, count) => Math.min(Math.max(value, 0), count - 1);
  const [y, x] = [clamped(row, rows), clamped(column, columns)];
  const [y0, x0] = [Math.floor(y), Math.floor(x)];
  const [y1, x1] = [clamped(y0 + 1, rows), clamped(x0 + 1, columns)];
  const along = (r) => values[r * columns + x0] * (1 - x + x0) + values[r * columns + x1] * (x - x0);
  return along(y0) * (1 - y + y0) + along(y1) * (y - y0);
}

/** Blurs lines of `length` numbers that are `step` apart; there are `lines` of them, `stride` apart. */
function blurred(values, length, lines, step, stride, deviation) {
  const reach = Math.ceil(3 * deviation);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)));
  const sum = kernel.reduce((one, other) => one + other);
  const result = new Float32Array(values.length);
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      let total = 0;
      for (let k = -reach; k <= reach; k++) {
        const near = Math.min(Math.max(i + k, 0), length - 1);
        total += kernel[k + reach] * values[line * stride + near * step];
      }
      result[line * stride + i * step] = total / sum;
    }
  }
  return result;
}
