// The bot's reply keyboard under the input.

import { element } from "./element.js";

const $ = (id) => document.getElementById(id);

export class Keys {
  #keyboard = null;
  #used = false;
  #folded = false;
  #tap;

  /** `tap(words, messageId)` is called with a key's text and the id of the keyboard's message. */
  constructor(tap) {
    this.#tap = tap;
    $("unfold").onclick = () => this.#fold(!this.#folded);
  }

  /** Shows a keyboard, or none where it is null; one that was used and is for one time comes folded. */
  show(keyboard, used) {
    const isSame = keyboard?.message_id === this.#keyboard?.message_id && used === this.#used;
    this.#keyboard = keyboard;
    this.#used = used;
    this.#fold(isSame ? this.#folded : Boolean(keyboard?.one_time_keyboard && used));
  }

  #fold(folded) {
    const keyboard = this.#keyboard;
    this.#folded = folded;
    $("keys").replaceChildren(...(keyboard?.keyboard ?? []).map((row) => this.#row(row)));
    $("keys").classList.toggle("tall", !keyboard?.resize_keyboard);
    $("keys").hidden = !keyboard || folded;
    $("unfold").hidden = !keyboard || Boolean(keyboard.is_persistent && !folded);
    $("unfold").setAttribute("aria-expanded", !folded);
  }

  #row(keys) {
    const tapped = (words) => {
      const { message_id: id, one_time_keyboard: once } = this.#keyboard;
      if (once) this.#fold(true);
      this.#tap(words, id);
    };
    return element("div", {}, ...keys.map(({ text }) => element("button", { onclick: () => tapped(text) }, text)));
  }
}
