// The camera: its picture in the page, and single frames of it.

class Camera {
  #video;
  #stream = null;

  constructor(video) {
    this.#video = video;
  }

  /** False where the browser gives pages from files no camera. */
  static get isThere() {
    return Boolean(navigator.mediaDevices?.getUserMedia);
  }

  get isOpen() {
    return this.#stream !== null;
  }

  /** Opens the camera at the back, where there is one. Rejects where it may not be used. */
  async open() {
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 960 } };
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    this.#video.srcObject = this.#stream;
    await this.#video.play();
  }

  close() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** The pixels that the camera sees now. */
  pixels() {
    return pixelsOf(this.#video, this.#video.videoWidth, this.#video.videoHeight);
  }

  /** The picture that the camera sees now, a Blob. */
  photo() {
    const canvas = new OffscreenCanvas(this.#video.videoWidth, this.#video.videoHeight);
    canvas.getContext("2d").drawImage(this.#video, 0, 0);
    return canvas.convertToBlob();
  }
}
