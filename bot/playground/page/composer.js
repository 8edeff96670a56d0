// Writing: text, replies, edits, the menu of commands, files by button, drop and paste, sample pictures.

import { look } from "./api.js";
import { element } from "./element.js";
import { asPhoto, isPicture } from "./photos.js";
import { summary } from "./render.js";
import { text } from "./texts.js";

const $ = (id) => document.getElementById(id);
const MAX_ALBUM = 10;

export class Composer {
  #reply = null;
  #edited = null;
  #files = [];
  #to;

  /** `to` has sendText(words), sendFiles(field, files, caption, forward), editText(message, words),
   * toast(words), commands(), botName(), inline(query), choose(queryId, resultId). */
  constructor(to) {
    this.#to = to;
    this.#listenToText();
    this.#listenToFiles();
    $("replying").querySelector("button").onclick = () => this.takeReply();
    $("commands").onclick = () => this.#showMenu($("menu").hidden ? "/" : null);
    $("fresh").onclick = () => this.showSamples();
  }

  replyTo(message) {
    this.takeReply();
    this.#reply = message.message_id;
    this.#showAbout(message.from.first_name, message);
  }

  /** Puts the message's text or caption into the field; sending it then replaces the old one. */
  edit(message) {
    this.takeReply();
    this.#edited = message;
    $("text").value = message.text ?? message.caption ?? "";
    this.#textChanged();
    this.#showAbout(text("edit"), message);
  }

  #showAbout(what, message) {
    $("replying").querySelector("p").replaceChildren(element("b", {}, what), ` ${summary(message)}`);
    $("replying").hidden = false;
    $("text").focus();
  }

  /** The id of the message that is replied to, once; what was being edited stays as it is. */
  takeReply() {
    const id = this.#reply;
    if (this.#edited) {
      $("text").value = "";
      this.#textChanged();
    }
    this.#reply = this.#edited = null;
    $("replying").hidden = true;
    return id;
  }

  async showSamples() {
    $("fresh").disabled = true;
    try {
      const { pictures } = await look("sample_pictures");
      $("pictures").replaceChildren(...pictures.map((picture) => this.#samplePicture(picture)));
      $("samples").hidden = !pictures.length;
    } catch {
      $("samples").hidden = true; // the chat works without them
    }
    $("fresh").disabled = false;
  }

  #samplePicture({ url, label, name }) {
    const onclick = async () => {
      const blob = await (await fetch(url)).blob();
      this.#sendAs("photo", [new File([blob], name, { type: blob.type })], "");
    };
    return element("button", { onclick, title: label }, element("img", { src: url, alt: label }));
  }

  #listenToText() {
    const field = $("text");
    const submit = (event) => {
      event.preventDefault();
      const words = field.value.trim();
      const edited = this.#edited;
      if (!words && edited?.text !== undefined) return;
      if (!words && !edited) return;
      if (edited) this.takeReply();
      field.value = "";
      this.#textChanged();
      if (edited) this.#to.editText(edited, words);
      else this.#to.sendText(words);
    };
    $("composer").onsubmit = submit;
    field.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
      if (event.key === "Escape") this.takeReply();
      if (event.key === "ArrowUp" && !$("menu").hidden) $("menu").lastElementChild.focus();
    };
    field.oninput = () => this.#textChanged();
  }

  #textChanged() {
    const field = $("text");
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
    const [, name, query] = /^@(\w+)\s(.*)$/s.exec(field.value) ?? [];
    if (name?.toLowerCase() === this.#to.botName()) this.#offer(field.value, query);
    else this.#showMenu(/^\/\w*$/.test(field.value) ? field.value : null);
  }

  /** Shows what the bot offers for an inline query, unless something else was typed meanwhile. */
  async #offer(typed, query) {
    const answer = await this.#to.inline(query.trim());
    if ($("text").value !== typed || !answer) return;
    $("menu").replaceChildren(...answer.results.map(({ id, title, description }) => {
      const onclick = () => {
        $("text").value = "";
        this.#textChanged();
        this.#to.choose(answer.query_id, id);
        $("text").focus();
      };
      return element("button", { onclick }, element("b", {}, title), ` ${description ?? ""}`);
    }));
    $("menu").hidden = !answer.results.length;
  }

  /** Shows the commands that begin so; null hides the menu. */
  #showMenu(beginning) {
    const fitting = beginning === null ? [] : this.#to.commands().filter((one) => `/${one.command}`.startsWith(beginning));
    $("menu").replaceChildren(...fitting.map(({ command, description }) => {
      const onclick = () => {
        $("text").value = "";
        this.#textChanged();
        this.#to.sendText(`/${command}`);
        $("text").focus();
      };
      return element("button", { onclick }, element("b", {}, `/${command}`), ` ${description}`);
    }));
    $("menu").hidden = !fitting.length;
  }

  #listenToFiles() {
    $("attach").onclick = () => $("files").click();
    $("files").onchange = () => {
      this.#ask([...$("files").files]);
      $("files").value = "";
    };
    document.onpaste = (event) => this.#ask([...event.clipboardData.files]);
    document.ondragover = (event) => {
      event.preventDefault();
      $("drop").hidden = !event.dataTransfer.types.includes("Files");
    };
    document.ondragleave = (event) => { if (!event.relatedTarget) $("drop").hidden = true; };
    document.ondrop = (event) => {
      event.preventDefault();
      $("drop").hidden = true;
      this.#ask([...event.dataTransfer.files]);
    };
    $("sending").onclose = () => this.#answered();
    // Enter in the caption sends; a form's first button would cancel.
    $("caption").onkeydown = (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      $("sending").close("send");
    };
  }

  /** Shows the files, and asks how to send them. */
  #ask(files) {
    if (!files.length || $("sending").open) return;
    this.#files = files;
    const pictures = files.every(isPicture);
    $("as").hidden = !pictures;
    $("as").querySelector(`[value=${pictures ? "photo" : "file"}]`).checked = true;
    $("previews").replaceChildren(...files.map((file) =>
      isPicture(file)
        ? element("img", { src: URL.createObjectURL(file), alt: file.name })
        : element("p", { className: "file" }, element("span", { className: "paper" }, file.name.split(".").at(-1).slice(0, 4)), file.name)));
    $("caption").value = "";
    $("forward").checked = false;
    $("sending").returnValue = "";
    $("sending").showModal();
    $("caption").focus();
  }

  #answered() {
    for (const image of $("previews").querySelectorAll("img")) URL.revokeObjectURL(image.src);
    if ($("sending").returnValue !== "send") return;
    const field = $("as").querySelector(":checked").value === "photo" ? "photo" : "document";
    this.#sendAs(field, this.#files, $("caption").value, $("forward").checked);
  }

  /** They go as albums of ten; the caption goes with the first. */
  async #sendAs(field, files, caption, forward = false) {
    let ready;
    try {
      ready = field === "photo" ? await Promise.all(files.map(asPhoto)) : files.map((file) => [file.name, file]);
    } catch {
      this.#to.toast(text("unreadable"));
      return;
    }
    for (let at = 0; at < ready.length; at += MAX_ALBUM) {
      await this.#to.sendFiles(field, ready.slice(at, at + MAX_ALBUM), at ? "" : caption, forward);
    }
  }
}
