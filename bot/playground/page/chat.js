// The page: who looks at which chat, and what happens there.

import { askInline, follow, look, press, send, sendChosen, vote } from "./api.js";
import { Composer } from "./composer.js";
import { element } from "./element.js";
import { Feed } from "./feed.js";
import { Keys } from "./keys.js";
import { bubble, keyOf, summary } from "./render.js";
import { LANGUAGES, preferred, speak, text } from "./texts.js";

const $ = (id) => document.getElementById(id);
const SIGNS = { private: "/page/basket.svg", group: "/page/group.svg" };
const CHATS = Object.keys(SIGNS);
const ACTION_MS = 5000;
const TOAST_MS = 3500;

const saved = JSON.parse(localStorage.getItem("lukoshko") ?? "{}");
const state = { chat: "private", user: 1, language: preferred(), theme: "", ...saved };
let about = { bot: { name: "Lukoshko" }, users: [], commands: [], description: "" };
let feeds = {};
let connected = false;
let actionTimer = 0;

// The words above the composer

export function toast(words) {
  const box = $("toast");
  box.textContent = words;
  box.showPopover();
  clearTimeout(box.timer);
  box.timer = setTimeout(() => box.hidePopover(), TOAST_MS);
}

function alertWith(words) {
  $("alert").querySelector("p").textContent = words;
  $("alert").showModal();
}

const failed = (error) => toast(error instanceof TypeError ? text("offline") : error.message);

// A feed: the messages of one chat as one person sees them

function newFeed(chat) {
  const feed = Object.assign(new Feed(), { chat, stop: new AbortController() });
  follow({ chat, user: state.user }, {
    history: (history) => {
      feed.begin(history);
      if (chat === state.chat) showMessages();
      showChats();
    },
    event: (event) => happened(feed, event),
    connected: (now) => {
      if (now === connected) return;
      connected = now;
      if (now) refreshAbout();
      showStatus();
    },
  }, feed.stop.signal);
  return feed;
}

function happened(feed, event) {
  const visible = feed.chat === state.chat;
  if (event.type === "action") {
    if (visible) showAction(event.action);
    return;
  }
  const { message } = event;
  const known = feed.messages.get(message.message_id);
  feed.add(event);
  if (event.type === "message" && message.from.is_bot) {
    if (visible) showStatus();
    else feed.unread += 1;
  }
  if (visible) {
    showChange(known ?? message, event.type === "message");
    showKeyboard();
  }
  showChats();
}

// The chat

function drawn(messages) {
  const { reactions, voted } = feeds[state.chat];
  const mine = messages[0].from.id === state.user;
  return bubble(messages, { mine, inGroup: state.chat === "group", reactions, voted }, act);
}

function showMessages() {
  const feed = feeds[state.chat];
  const shown = new Set();
  const bubbles = [];
  for (const message of feed.messages.values()) {
    if (!shown.has(keyOf(message))) bubbles.push(drawn(feed.albumOf(message)));
    shown.add(keyOf(message));
  }
  $("list").replaceChildren(...(bubbles.length ? bubbles : [welcome()]));
  showKeyboard();
  toNewest();
}

/** The keys under the input, or the reply that the bot asks for as long as it is not given. */
function showKeyboard() {
  const feed = feeds[state.chat];
  const { keyboard } = feed;
  const said = keyboard ? feed.saidSinceKeyboard(state.user) : [];
  const rows = keyboard?.keyboard;
  const isUsed = said.some((message) => rows?.flat().some((key) => key.text === message.text));
  keys.show(rows ? keyboard : null, isUsed);
  const isWaiting = keyboard && (rows || !said.length);
  $("text").placeholder = (isWaiting && keyboard.input_field_placeholder) || text("write");
  if (isWaiting && !rows && feed.asked !== keyboard.message_id) {
    feed.asked = keyboard.message_id;
    composer.replyTo(feed.messages.get(keyboard.message_id));
  }
}

/** Draws again the bubble that a message is in; `isNew` says that it has just come. */
function showChange(message, isNew) {
  const following = isAtNewest();
  const album = feeds[state.chat].albumOf(message);
  const old = $("list").querySelector(`[data-key="${keyOf(message)}"]`);
  if (!album.length) old?.remove();
  else if (old) old.replaceWith(drawn(album));
  else {
    $("list").querySelector(".welcome")?.remove();
    $("list").append(drawn(album));
  }
  if (following || (isNew && message.from.id === state.user)) toNewest();
}

function welcome() {
  const inGroup = state.chat === "group";
  const start = element("button", { className: "main", onclick: () => sendText("/start") }, text("start"));
  return element("div", { className: "welcome" }, element("img", { className: "logo", alt: "", src: SIGNS[state.chat] }),
    element("p", {}, inGroup ? text("groupHint") : about.description || text("nothing")), inGroup ? null : start);
}

// The box is a reversed column: it counts from its end, and stays there when a picture makes it grow.
const isAtNewest = () => $("messages").scrollTop > -80;

function toNewest() {
  $("messages").scrollTop = 0;
}

// The heads: chats, title, status, people

function avatar(name, id) {
  return element("span", { className: `avatar person-${id % 7}`, ariaHidden: "true" }, name[0]);
}

const titleOf = (chat) => (chat === "group" ? text("groupTitle") : about.bot.name);

function showChats() {
  $("chats").replaceChildren(...CHATS.map((chat) => {
    const feed = feeds[chat];
    const last = [...feed.messages.values()].at(-1);
    const words = element("span", {}, element("b", {}, titleOf(chat)), element("small", {}, last ? summary(last) : text(`${chat}Chat`)));
    const badge = feed.unread ? element("i", { className: "badge" }, feed.unread) : null;
    const sign = element("img", { className: "avatar", alt: "", src: SIGNS[chat] });
    const button = element("button", { onclick: () => choose({ chat }) }, sign, words, badge);
    button.setAttribute("aria-current", chat === state.chat);
    return button;
  }));
  $("title").textContent = titleOf(state.chat);
  $("avatar").src = SIGNS[state.chat];
}

function showStatus() {
  clearTimeout(actionTimer);
  $("status").classList.remove("acting");
  $("status").textContent = connected ? text(state.chat === "group" ? "members" : "bot") : text("connecting");
}

function showAction(action) {
  showStatus();
  $("status").classList.add("acting");
  $("status").textContent = text("actions")[action] ?? text("actions").typing;
  actionTimer = setTimeout(showStatus, ACTION_MS);
}

function showPeople() {
  const legend = $("people").querySelector("legend");
  $("people").replaceChildren(legend, ...about.users.map((user) => {
    const input = element("input", { type: "radio", name: "user", checked: user.id === state.user, onchange: () => choose({ user: user.id }) });
    return element("label", { title: user.first_name }, input, avatar(user.first_name, user.id), user.first_name);
  }));
  $("speaker").replaceChildren(...about.users.map((user) =>
    element("option", { value: user.id, selected: user.id === state.user }, user.first_name)));
  $("speaker").hidden = state.chat !== "group";
}

async function refreshAbout() {
  const { chat, user, language } = state;
  try {
    about = await look("about", { chat, user, language });
  } catch {
    return; // the feeds notice a lost connection, and call again
  }
  showPeople();
  showChats();
  if (!feeds[state.chat].messages.size) showMessages();
}

// What a person does

const session = () => ({ chat: state.chat, user: state.user, language: state.language });

async function sendText(words) {
  try {
    await send({ ...session(), text: words, reply_to: composer.takeReply() });
    refreshAbout(); // the bot may have changed its menu since
  } catch (error) {
    failed(error);
  }
}

async function sendFiles(field, files, caption, forward) {
  try {
    await send({ ...session(), caption, forward, reply_to: composer.takeReply() }, field, files);
  } catch (error) {
    failed(error);
  }
}

async function editText(message, words) {
  const field = message.text === undefined ? "caption" : "text";
  try {
    await send({ ...session(), edit: message.message_id, [field]: words });
  } catch (error) {
    failed(error);
  }
}

/** In a group the bot sees a key's text as a reply to the keyboard's message. */
async function sendKey(words, messageId) {
  try {
    await send({ ...session(), text: words, reply_to: state.chat === "group" ? messageId : null });
  } catch (error) {
    failed(error);
  }
}

const act = {
  command: sendText,
  reply: (message) => composer.replyTo(message),
  edit: (message) => composer.edit(message),
  vote: async (message, options) => {
    try {
      await vote({ chat: state.chat, user: state.user, message_id: message.message_id, options });
    } catch (error) {
      failed(error);
    }
  },
  view: (url, caption = "") => {
    $("viewer").querySelector("img").src = url;
    $("viewer").querySelector("p").textContent = caption;
    $("viewer").showModal();
  },
  copy: async (words) => {
    try {
      await navigator.clipboard.writeText(words);
      toast(text("copied"));
    } catch (error) {
      failed(error);
    }
  },
  press: async (message, data, button) => {
    button.classList.add("waiting");
    try {
      const answer = await press({ chat: state.chat, user: state.user, message_id: message.message_id, data });
      if (answer.text) (answer.show_alert ? alertWith : toast)(answer.text);
    } catch (error) {
      failed(error);
    }
    button.classList.remove("waiting");
  },
};

/** Changes chat, person, language or theme, and shows everything accordingly. */
function choose(change) {
  const followed = feeds.private && !("user" in change);
  Object.assign(state, change);
  localStorage.setItem("lukoshko", JSON.stringify(state));
  speak(state.language);
  $("language").value = state.language;
  document.documentElement.style.colorScheme = state.theme || "light dark";
  if (!followed) {
    for (const feed of Object.values(feeds)) feed.stop.abort();
    feeds = Object.fromEntries(CHATS.map((chat) => [chat, newFeed(chat)]));
  }
  feeds[state.chat].unread = 0;
  if ("chat" in change) document.body.dataset.view = "chat";
  composer.takeReply();
  showPeople();
  showChats();
  showStatus();
  showMessages();
  refreshAbout();
}

async function inline(query) {
  try {
    return await askInline({ ...session(), query });
  } catch (error) {
    toast(error.message);
    return null;
  }
}

async function chooseResult(queryId, resultId) {
  try {
    await sendChosen({ ...session(), query_id: queryId, result_id: resultId });
  } catch (error) {
    toast(error.message);
  }
}

const composer = new Composer({
  sendText, sendFiles, editText, toast, inline, choose: chooseResult,
  commands: () => about.commands, botName: () => about.bot.username?.toLowerCase(),
});
const keys = new Keys(sendKey);

$("language").replaceChildren(...Object.entries(LANGUAGES).map(([value, name]) =>
  element("option", { value }, name)));
$("language").onchange = (event) => choose({ language: event.target.value });
$("speaker").onchange = (event) => choose({ user: Number(event.target.value) });
$("theme").onclick = () => {
  const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  choose({ theme: dark ? "light" : "dark" });
};
$("back").onclick = () => { document.body.dataset.view = "list"; };
$("viewer").onclick = () => $("viewer").close();
$("down").onclick = toNewest;
$("messages").onscroll = () => { $("down").hidden = isAtNewest(); };

choose({});
composer.showSamples();
