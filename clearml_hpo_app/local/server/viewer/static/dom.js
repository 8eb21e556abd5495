// What the viewer's pages are made of. All text goes through textContent: a name is never HTML.

const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"' };

const drawn = new Map();

export function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// A link to another page of the viewer, in the theme that was asked for.
export function link(path, text) {
  const theme = new URLSearchParams(location.search).get("theme");
  return el("a", { href: theme ? `${path}?theme=${encodeURIComponent(theme)}` : path }, text);
}

// What could turn the reading direction of what stands beside it, or cannot be seen, is left out.
export function plain(text) {
  return String(text ?? "").replace(/[\p{Cc}\p{Cf}]/gu, "");
}

export function when(text, timeStyle = "medium") {
  if (!text) return "";
  return new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle });
}

export function lasted(task) {
  if (!task.started) return null;
  const running = task.status === "in_progress";
  if (!running && !task.completed) return null;
  const end = running ? Date.now() : Date.parse(task.completed);
  const seconds = Math.max(0, Math.round((end - Date.parse(task.started)) / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

export function number(value) {
  if (typeof value !== "number") return String(value ?? "");
  return String(Number(value.toPrecision(8)));
}

const STATUS_WORDS = { created: "draft", in_progress: "running" };

export function badge(status) {
  return el("span", { class: `badge ${status}` }, STATUS_WORDS[status] || status);
}

export function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

// Plotly's own tables read character references; here the result becomes a text node, so it stays text.
export function decoded(text) {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot));/gi, (_, decimal, hex, name) =>
    name ? NAMED[name.toLowerCase()] : String.fromCodePoint(Math.min(parseInt(decimal || hex, decimal ? 10 : 16), 0x10ffff)));
}

export function lines(value) {
  const parts = String(value ?? "").replace(/<\/?b>/g, "").split(/<br\s*\/?>/).map(decoded);
  return parts.flatMap((text, place) => (place ? [document.createElement("br"), text] : [text]));
}

export function table(heads, rows, name) {
  const head = el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", {}, ...lines(text)))));
  return el("table", { class: name || "" }, head, el("tbody", {}, ...rows));
}

// Redraw a part only when what it shows changed, so that a selection or a zoom survives a refresh.
export function part(host, name, value, draw) {
  const text = JSON.stringify(value);
  if (drawn.get(name) === text) return;
  drawn.set(name, text);
  host.replaceChildren(...[draw(value)].flat().filter(Boolean));
}

// Draw all anew at the next refresh, since the theme changed.
export function forget() {
  drawn.clear();
}

export async function fetched(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
