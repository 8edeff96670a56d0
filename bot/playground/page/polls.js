// A poll in a bubble: to answer, or with its results.

import { element } from "./element.js";
import { text } from "./texts.js";

/** `voted` are the numbers of one's own options; `act` has vote(message, numbers). */
export function pollBox(message, voted, act) {
  const { poll } = message;
  const isDone = poll.is_closed || voted.length > 0;
  return element("section", { className: "poll" },
    poll.media?.photo ? element("img", { src: poll.media.photo.at(-1).url, alt: "" }) : null,
    element("b", {}, poll.question),
    element("small", {}, kindOf(poll)),
    ...(isDone ? results(poll, voted) : [ballot(message, act)]),
    isDone && poll.explanation ? element("p", { className: "explanation" }, poll.explanation) : null,
    element("small", {}, `${text("votes")}: ${poll.total_voter_count}`),
    isDone && !poll.is_closed && poll.allows_revoting ? retraction(message, act) : null);
}

function kindOf(poll) {
  if (poll.is_closed) return text("finalResults");
  const isQuiz = poll.type === "quiz";
  if (poll.is_anonymous) return text(isQuiz ? "anonymousQuiz" : "anonymousPoll");
  return text(isQuiz ? "quiz" : "poll");
}

/** One option is chosen by a tap, several by marks and a button. */
function ballot(message, act) {
  const { options, allows_multiple_answers: several } = message.poll;
  if (!several) {
    return element("div", {}, ...options.map((option, number) =>
      element("button", { className: "option", onclick: () => act.vote(message, [number]) }, option.text)));
  }
  const onsubmit = (event) => {
    event.preventDefault();
    const marked = [...event.target.querySelectorAll(":checked")].map((input) => Number(input.value));
    if (marked.length) act.vote(message, marked);
  };
  return element("form", { onsubmit }, ...options.map((option, number) =>
    element("label", { className: "option" }, element("input", { type: "checkbox", value: number }), option.text)),
  element("button", {}, text("vote")));
}

function results(poll, voted) {
  return poll.options.map((option, number) => {
    const share = Math.round((100 * option.voter_count) / Math.max(poll.total_voter_count, 1));
    const row = element("div", { className: "option" },
      element("span", {}, `${markOf(poll, voted, number)} ${option.text}`.trim()), element("span", {}, `${share} %`));
    row.style.setProperty("--share", `${share}%`);
    row.classList.toggle("chosen", voted.includes(number));
    return row;
  });
}

function markOf(poll, voted, number) {
  const isChosen = voted.includes(number);
  if (poll.type !== "quiz") return isChosen ? "✓" : "";
  if (poll.correct_option_ids.includes(number)) return "✓";
  return isChosen ? "✗" : "";
}

function retraction(message, act) {
  return element("button", { className: "retract", onclick: () => act.vote(message, []) }, text("retract"));
}
