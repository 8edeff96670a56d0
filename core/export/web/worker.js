// The thread that computes. `ort`, ONNX Runtime, is in the same file before it.

const LEAST_LENGTH = 1e-12;
const TINY = 1.1754944e-38;
// How far from the photo's vector, whose length is 1, the model is asked: it is curved, and its numbers are float32.
const STEP = 0.02;

let network, head, views, power;
let last = null;

const tasks = {
  async open(message) {
    ({ views, power } = message);
    ort.env.logLevel = "error";
    // More threads need memory that they share, which a page from a file has not.
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = message.wasm;
    network = await ort.InferenceSession.create(message.network);
    head = await ort.InferenceSession.create(message.head);
  },

  async classify({ pixels }) {
    const { data, width, height } = pixels;
    last = await network.run({ image: new ort.Tensor("uint8", data, [height, width, 3]) });
    const { labels, scores, similarities } = await answers(last.vector);
    return { label: labels[0], scores, similarity: similarities[0] };
  },

  /** A place's number: its share of the photo's vector times the gradient of the model's preference. */
  async places({ one, other }) {
    const parts = sharesOf(last);
    const values = await derivatives(parts, one, other);
    let start = 0;
    return parts.map(({ box, rows, columns }) => {
      const end = start + rows * columns;
      const layer = { box, rows, columns, values: values.slice(start, end) };
      start = end;
      return layer;
    });
  },
};

/** {labels, scores, similarities} of vectors, a tensor (n, d). */
async function answers(vectors) {
  const found = await head.run({ [head.inputNames[0]]: vectors });
  const [labels, scores, similarities] = head.outputNames.map((name) => found[name].data);
  return { labels: Array.from(labels, Number), scores: Array.from(scores), similarities };
}

/** For each view {box, rows, columns, places}: the shares of its places in the vector, one Float64Array each. */
function sharesOf(outputs) {
  const parts = views.map(({ box, rows, columns, maps }) => {
    const shares = maps.map(({ output, view, weights }) => sharesOfMap(mapOf(outputs[output], view), weights));
    const placeOf = (_, place) => concatenated(shares.map((part) => part[place]));
    const places = Array.from({ length: rows * columns }, placeOf);
    divide(places, lengthOf(places));
    return { box, rows, columns, places };
  });
  const all = parts.flatMap(({ places }) => places);
  divide(all, lengthOf(all));
  return parts;
}

/** The numbers of one view of a batch. */
function mapOf({ data, dims }, view) {
  const size = data.length / dims[0];
  return data.subarray(view * size, (view + 1) * size);
}

/** The shares of a map's places in its vector of length 1. map : channels × places. */
function sharesOfMap(map, weights) {
  const count = weights.length;
  const channels = map.length / count;
  const shares = weights.map(() => new Float64Array(channels));
  for (let channel = 0; channel < channels; channel++) {
    let pooled = 0;
    for (let place = 0; place < count; place++) pooled += weights[place] * map[channel * count + place];
    if (pooled === 0) continue;
    const factor = Math.abs(pooled) ** (power - 1);
    for (let place = 0; place < count; place++) {
      shares[place][channel] = weights[place] * map[channel * count + place] * factor;
    }
  }
  divide(shares, lengthOf(shares));
  return shares;
}

/** The preference's derivative along each place's share, at the photo's vector. */
async function derivatives(parts, one, other) {
  const places = parts.flatMap((part) => part.places);
  const vector = sumOf(places);
  const size = vector.length;
  const asked = new Float32Array(2 * places.length * size);
  const lengths = places.map((share) => lengthOf([share]));
  places.forEach((share, place) => {
    const scale = STEP / lengths[place];
    for (let i = 0; i < size; i++) {
      asked[2 * place * size + i] = vector[i] + scale * share[i];
      asked[(2 * place + 1) * size + i] = vector[i] - scale * share[i];
    }
  });
  const { scores } = await answers(new ort.Tensor("float32", asked, [2 * places.length, size]));
  const classes = scores.length / (2 * places.length);
  const logarithm = (row, label) => Math.log(Math.max(scores[row * classes + label], TINY));
  const preference = (row) => logarithm(row, one) - logarithm(row, other);
  return places.map((_, place) => ((preference(2 * place) - preference(2 * place + 1)) * lengths[place]) / (2 * STEP));
}

function sumOf(vectors) {
  const sum = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  return sum;
}

const lengthOf = (shares) => Math.max(Math.sqrt(sumOf(shares).reduce((sum, x) => sum + x * x, 0)), LEAST_LENGTH);

const divide = (shares, length) => shares.forEach((share) => share.forEach((x, i) => (share[i] = x / length)));

function concatenated(parts) {
  const whole = new Float64Array(parts.reduce((size, part) => size + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

onmessage = async ({ data: { id, task, ...message } }) => {
  try {
    postMessage({ id, result: await tasks[task](message) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
};
