// The page's own words. What the bot says comes from the bot.

const TEXTS = {
  en: {
    itself: "English",
    iAm: "I am", language: "Language", theme: "Light or dark", chats: "Chats", messages: "Messages",
    privateChat: "private chat", groupChat: "group", groupTitle: "Group", bot: "bot",
    members: "Anna, Boris, Clara and the bot", connecting: "connecting…", down: "To the newest",
    samples: "Pictures to try", fresh: "New ones", commands: "Commands", attach: "Attach photos or files",
    write: "Message", send: "Send", cancel: "Cancel", caption: "Caption", ok: "OK", reply: "Reply",
    asPhoto: "As photos", asFile: "As files", photo: "Photo", album: "Album", drop: "Drop to send",
    edited: "edited", copied: "Copied", download: "Download", start: "Start", nothing: "No messages yet",
    groupHint: "Here the bot sees commands and replies to its messages.",
    unreadable: "The browser can't read this picture: send it as a file.",
    offline: "The playground does not answer.",
    edit: "Edit", forwarded: "Forwarded from", asForward: "As forwarded", keyboard: "Buttons of the bot",
    poll: "Poll", anonymousPoll: "Anonymous poll", quiz: "Quiz", anonymousQuiz: "Anonymous quiz",
    finalResults: "Final results", votes: "Votes", vote: "Vote", retract: "Take the vote back",
    actions: {
      typing: "typing…", upload_photo: "sending a photo…", upload_document: "sending a file…",
    },
  },
  ru: {
    itself: "Русский",
    iAm: "Я —", language: "Язык", theme: "Светлая или тёмная", chats: "Чаты", messages: "Сообщения",
    privateChat: "личный чат", groupChat: "группа", groupTitle: "Группа", bot: "бот",
    members: "Anna, Boris, Clara и бот", connecting: "соединение…", down: "К новым",
    samples: "Картинки на пробу", fresh: "Другие", commands: "Команды", attach: "Приложить фото или файлы",
    write: "Сообщение", send: "Отправить", cancel: "Отмена", caption: "Подпись", ok: "ОК", reply: "Ответить",
    asPhoto: "Как фото", asFile: "Как файлы", photo: "Фото", album: "Альбом", drop: "Отпустите, чтобы отправить",
    edited: "изменено", copied: "Скопировано", download: "Скачать", start: "Начать", nothing: "Пока нет сообщений",
    groupHint: "Здесь бот видит команды и ответы на свои сообщения.",
    unreadable: "Браузер не читает эту картинку: отправьте её файлом.",
    offline: "Площадка не отвечает.",
    edit: "Изменить", forwarded: "Переслано от", asForward: "Как пересланное", keyboard: "Кнопки бота",
    poll: "Опрос", anonymousPoll: "Анонимный опрос", quiz: "Викторина", anonymousQuiz: "Анонимная викторина",
    finalResults: "Итоги", votes: "Голосов", vote: "Проголосовать", retract: "Отменить голос",
    actions: {
      typing: "печатает…", upload_photo: "отправляет фото…", upload_document: "отправляет файл…",
    },
  },
};

let words = TEXTS.en;

/** The languages' names in themselves, by their codes. */
export const LANGUAGES = Object.fromEntries(Object.entries(TEXTS).map(([code, { itself }]) => [code, itself]));

/** The code of the browser's language where the page has it, else English. */
export const preferred = () =>
  Object.keys(TEXTS).find((code) => navigator.language.startsWith(code)) ?? "en";

export const text = (key) => words[key];

/** Switches the language, and writes the words into the elements that name them. */
export function speak(language) {
  words = TEXTS[language] ?? TEXTS.en;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.title = text(element.dataset.label);
    element.setAttribute("aria-label", element.title);
  }
  for (const element of document.querySelectorAll("[data-hint]")) {
    element.placeholder = text(element.dataset.hint);
  }
}
