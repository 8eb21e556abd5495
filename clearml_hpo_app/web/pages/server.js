// Asking the page's own server. What goes wrong becomes a `Trouble` with a kind and a sentence for people.

export class Trouble extends Error {
  constructor(kind, text, details = {}) {
    super(text);
    this.kind = kind;
    this.details = details;
  }
}

const AWAY = "The page's own server does not answer. Is clearml-hpo web still running?";

export const LOCKED = "The page was started anew: log in again. What you typed is kept.";

/** Whether the page's own server answers, but does not know this browser: it was started again. */
export async function isLocked() {
  try {
    return (await fetch("/api/application", { credentials: "same-origin" })).status === 401;
  } catch {
    return false;
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Trouble("page", AWAY);
  }
  if (answer.status === 401) throw new Trouble("page", LOCKED);
  let data = null;
  try {
    data = await answer.json();
  } catch {
    if (answer.ok) return null;
  }
  if (!answer.ok) throw new Trouble(data?.kind ?? "failed", data?.text ?? `The page's server answered ${answer.status}.`, data ?? {});
  return data;
}

export function get(path, query = {}) {
  const text = new URLSearchParams(query).toString();
  return ask(text ? `${path}?${text}` : path, {});
}

export function post(path, body = {}) {
  return ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
