// The playground's user side over HTTP.

/** Raises an Error with the server's sentence. */
async function call(path, options) {
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

export function look(what, query = {}, signal) {
  return call(`/play/${what}?${new URLSearchParams(query)}`, { signal });
}

/** Fields that are null are left out; `files` are [name, Blob] of the field `photo` or `document`. */
export function send(fields, field, files = []) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null) form.append(name, value);
  }
  for (const [name, blob] of files) form.append(field, blob, name);
  return call("/play/send", { method: "POST", body: form });
}

function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export const press = (body) => post("/play/press", body);
export const vote = (body) => post("/play/vote", body);
export const askInline = (body) => post("/play/inline", body);
export const sendChosen = (body) => post("/play/choose", body);

const WAIT_S = 25;
const RETRY_MS = 1000;

/**
 * Follows one chat for ever: what it is now, then each event, and again after a lost connection.
 * `on` has three functions: history(history), event(event), connected(boolean).
 */
export async function follow(session, on, signal) {
  let seq = null;
  while (!signal.aborted) {
    try {
      if (seq === null) {
        const history = await look("history", session, signal);
        on.history(history);
        seq = history.seq;
      }
      on.connected(true);
      const news = await look("events", { ...session, after: seq, wait: WAIT_S }, signal);
      // A smaller number means another playground, which began anew.
      if (news.seq < seq) {
        seq = null;
        continue;
      }
      news.events.forEach(on.event);
      seq = news.seq;
    } catch {
      if (signal.aborted) return;
      on.connected(false);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
