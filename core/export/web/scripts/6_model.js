// The model, in a thread of its own, so that the page answers while it computes.

class Model {
  #worker;
  #waiting = new Map();
  #last = 0;

  /** Starts the thread and hands it the model's files. */
  async open() {
    const [runtime, wasm, network, head] = await Promise.all(["runtime", "wasm", "network", "head"].map(unpacked));
    const source = URL.createObjectURL(new Blob([runtime], { type: "text/javascript" }));
    this.#worker = new Worker(source);
    this.#worker.onmessage = ({ data }) => this.#settle(data);
    this.#worker.onerror = (event) => this.#failAll(event.message || "Worker");
    const { views, power } = SETTINGS.places ?? { views: [], power: 1 };
    await this.#ask({ task: "open", wasm, network, head, views, power }, [wasm.buffer, network.buffer, head.buffer]);
    URL.revokeObjectURL(source);
  }

  /** {label, scores, similarity} of a picture's pixels. */
  classify(pixels) {
    return this.#ask({ task: "classify", pixels }, [pixels.data.buffer]);
  }

  /** The layers of the heat map of the picture that was classified last, for a class and against another. */
  places(one, other) {
    return this.#ask({ task: "places", one, other }, []);
  }

  #ask(message, transferred) {
    const id = ++this.#last;
    this.#worker.postMessage({ id, ...message }, transferred);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle({ id, result, error }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  }

  #failAll(message) {
    for (const { reject } of this.#waiting.values()) reject(new Error(message));
    this.#waiting.clear();
  }
}
