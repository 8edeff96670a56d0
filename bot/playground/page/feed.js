// One chat as one person sees it, kept up to date by its events.

import { keyOf } from "./render.js";

const byId = (object) => new Map(Object.entries(object).map(([id, value]) => [Number(id), value]));

export class Feed {
  messages = new Map();
  reactions = new Map();
  voted = new Map();
  /** The bot's reply keyboard or forced reply, with the `message_id` that it came with; or null. */
  keyboard = null;
  /** The id of the last forced reply's message, once the reply was asked for. */
  asked = null;
  unread = 0;

  begin({ messages, reactions, voted, reply_keyboard: keyboard }) {
    this.messages = new Map(messages.map((message) => [message.message_id, message]));
    this.reactions = byId(reactions);
    this.voted = byId(voted);
    this.keyboard = keyboard;
  }

  /** Takes in an event that is about a message. */
  add({ type, message, emoji, voted, reply_keyboard: keyboard }) {
    const id = message.message_id;
    if (type === "reaction") this.#react(id, emoji);
    else if (type === "delete") this.#forget(id);
    else this.messages.set(id, message);
    if (voted) this.voted.set(id, voted);
    if (keyboard) this.keyboard = keyboard.remove_keyboard ? null : { message_id: id, ...keyboard };
  }

  #react(id, emoji) {
    if (emoji) this.reactions.set(id, emoji);
    else this.reactions.delete(id);
  }

  #forget(id) {
    for (const kept of [this.messages, this.reactions, this.voted]) kept.delete(id);
    if (this.keyboard?.message_id === id) this.keyboard = null;
  }

  /** The messages that share a bubble with this one, as they are now. */
  albumOf(message) {
    return [...this.messages.values()].filter((other) => keyOf(other) === keyOf(message));
  }

  /** What a user has said since the keyboard came. */
  saidSinceKeyboard(user) {
    return [...this.messages.values()].filter((message) =>
      message.from.id === user && message.message_id > this.keyboard.message_id);
  }
}
