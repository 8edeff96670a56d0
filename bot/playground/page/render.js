// Messages as elements. Text only ever enters as text nodes.

import { element } from "./element.js";
import { pollBox } from "./polls.js";
import { text } from "./texts.js";

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

// A link that begins a chat with the bot: here there is one bot, and its chat is open.
const START = /^https:\/\/t\.me\/\w+\?start=([\w-]{1,64})$/;

function wrap(entity, content, act) {
  const start = START.exec(entity.url ?? content);
  if (start) {
    return element("button", { className: "command", onclick: () => act.command(`/start ${start[1]}`) });
  }
  if (entity.type === "url" || entity.type === "text_link") {
    const href = entity.url ?? content;
    return /^(https?|tg):/.test(href)
      ? element("a", { href, target: "_blank", rel: "noreferrer" })
      : element("span");
  }
  if (entity.type === "bot_command") {
    return element("button", { className: "command", onclick: () => act.command(content) });
  }
  if (entity.type === "spoiler") {
    const reveal = (event) => event.currentTarget.classList.add("shown");
    return element("button", { className: "spoiler", onclick: reveal });
  }
  return element(TAGS[entity.type] ?? "span");
}

/** Text with its entities, nested as they are. */
function formatted(whole, entities, act, start = 0, end = whole.length) {
  const fragment = document.createDocumentFragment();
  let at = start;
  for (let rest = [...entities]; rest.length; ) {
    const entity = rest.shift();
    const stop = entity.offset + entity.length;
    const inside = rest.filter((other) => other.offset < stop);
    rest = rest.slice(inside.length);
    fragment.append(whole.slice(at, entity.offset));
    const made = wrap(entity, whole.slice(entity.offset, stop), act);
    made.append(formatted(whole, inside, act, entity.offset, stop));
    fragment.append(made);
    // A block ends its line by itself.
    at = made.matches("pre, blockquote") && whole[stop] === "\n" ? stop + 1 : stop;
  }
  fragment.append(whole.slice(at, end));
  return fragment;
}

function photo(message, act) {
  const size = message.photo.at(-1);
  const image = element("img", {
    src: size.url, width: size.width, height: size.height, loading: "lazy", alt: message.caption ?? text("photo"),
  });
  // Known before the picture is there, so that nothing jumps when it comes.
  image.style.width = `${Math.max(120, Math.min(size.width, 400, (420 * size.width) / size.height))}px`;
  return element("button", { className: "photo", onclick: () => act.view(size.url, message.caption) }, image);
}

const SIZES = ["B", "KB", "MB"];

function readableSize(bytes) {
  const power = Math.min(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)), 2);
  return `${(bytes / 1024 ** power).toFixed(power && bytes / 1024 ** power < 10 ? 1 : 0)} ${SIZES[power]}`;
}

function documentRow({ document: file }) {
  const picture = /^image\/(jpeg|png|gif|webp|bmp|avif)$/.test(file.mime_type);
  const icon = picture
    ? element("img", { src: file.url, alt: "", loading: "lazy" })
    : element("span", { className: "paper" }, file.file_name.split(".").at(-1).slice(0, 4));
  const about = element("span", {}, element("b", {}, file.file_name), element("small", {}, readableSize(file.file_size)));
  return element("a", { className: "file", href: file.url, download: file.file_name, title: text("download") }, icon, about);
}

/** What tells one bubble from another: an album's messages share theirs. */
export const keyOf = (message) => String(message.media_group_id ?? message.message_id);

export function summary(message) {
  const words = message.text ?? message.caption ?? message.document?.file_name ?? message.poll?.question;
  return words ?? (message.media_group_id ? text("album") : text("photo"));
}

function quote(replied) {
  const jump = () => document.getElementById(`message-${replied.message_id}`)?.scrollIntoView({ block: "center", behavior: "smooth" });
  return element("button", { className: "quote", onclick: jump }, element("b", {}, replied.from?.first_name ?? ""), element("span", {}, summary(replied)));
}

function forwarded({ forward_origin: origin }) {
  const name = origin.sender_user_name ?? origin.sender_user?.first_name ?? origin.sender_chat?.title;
  return element("small", { className: "forwarded" }, `${text("forwarded")} ${name}`);
}

function keyboard(message, act) {
  const rows = message.reply_markup.inline_keyboard.map((row) =>
    element("div", {}, ...row.map((button) => {
      if (button.url) {
        return element("a", { href: button.url, target: "_blank", rel: "noreferrer" }, button.text);
      }
      if (button.copy_text) {
        return element("button", { title: button.copy_text.text, onclick: () => act.copy(button.copy_text.text) }, button.text);
      }
      const onclick = (event) => act.press(message, button.callback_data, event.currentTarget);
      return element("button", { onclick }, button.text);
    })));
  return element("div", { className: "keyboard" }, ...rows);
}

function time(message) {
  const clock = new Date(message.date * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return element("time", {}, message.edit_date ? `${text("edited")} ${clock}` : clock);
}

function words(message, act) {
  const content = message.text ?? message.caption;
  if (!content) return null;
  const entities = message.entities ?? message.caption_entities ?? [];
  return element("p", { className: "words" }, formatted(content, entities, act), time(message));
}

function tool(name, sign, onclick) {
  return element("button", { className: "icon tool", title: text(name), ariaLabel: text(name), onclick }, sign);
}

/**
 * One bubble: a message, or an album's messages together. `reactions` and `voted` are Maps by
 * message id. `act` has what a person can do with it: command(text), view(url, caption), copy(text),
 * press(message, data, button), reply(message), edit(message), vote(message, numbers).
 */
export function bubble(messages, { mine, inGroup, reactions, voted }, act) {
  const [first] = messages;
  const photos = messages.filter((message) => message.photo);
  const captioned = messages.find((message) => message.caption) ?? first;
  const emoji = messages.map((message) => reactions.get(message.message_id)).find(Boolean);
  const grid = photos.length ? element("div", { className: `photos count-${photos.length}` }, ...photos.map((message) => photo(message, act))) : null;
  const body = element("div", { className: "bubble" },
    inGroup && !mine ? element("b", { className: `name person-${first.from.id % 7}` }, first.from.first_name) : null,
    first.forward_origin ? forwarded(first) : null,
    first.via_bot ? element("small", {}, `via @${first.via_bot.username}`) : null,
    first.reply_to_message ? quote(first.reply_to_message) : null,
    grid,
    ...messages.filter((message) => message.document).map(documentRow),
    first.poll ? pollBox(first, voted.get(first.message_id) ?? [], act) : null,
    words(captioned, act) ?? time(first));
  const reply = tool("reply", "↩", () => act.reply(first));
  const edit = mine && !first.forward_origin ? tool("edit", "✎", () => act.edit(captioned)) : null;
  const made = element("article", { className: mine ? "mine" : "theirs", id: `message-${first.message_id}` },
    element("div", { className: "line" }, body, reply, edit),
    emoji ? element("span", { className: "reaction" }, emoji) : null,
    first.reply_markup ? keyboard(first, act) : null);
  made.dataset.key = keyOf(first);
  made.classList.toggle("pictured", photos.length > 0);
  made.classList.toggle("wordless", !captioned.text && !captioned.caption);
  return made;
}
