// A report: its Markdown, as far as reports of optimizations use it, and its widgets as the figures of their tasks.

import { decoded, el, fetched, part, table } from "./dom.js";
import { drawCurves, drawPlot } from "./figures.js";

const MARKED = /\*\*(.+?)\*\*|\[((?:\\.|[^\]\\])*)\]\(([^)\s]*)\)/g;
const ESCAPED = /\\([\\`*_{}[\]#|~!])/g;
const WIDGET = /^<iframe src="([^"]*)"/;

export async function drawReport(host, text) {
  part(host, "report", text, () => text.split(/\n{2,}/).map((each) => block(each.trim())));
  const widgets = [...host.querySelectorAll("[data-task]")];
  const tasks = new Map();
  for (const { dataset } of widgets) if (!tasks.has(dataset.task)) tasks.set(dataset.task, await taskOf(dataset.task));
  for (const card of widgets) await fill(card, tasks.get(card.dataset.task));
}

function block(text) {
  const lines = text.split("\n");
  const [, source] = text.match(WIDGET) || [];
  if (source) return widget(new URL(source, location.origin).searchParams);
  if (text.startsWith("#")) return el("h2", {}, ...inline(text.replace(/^#+\s*/, "")));
  if (lines.every((line) => line.startsWith("|"))) return rows(lines);
  if (lines.every((line) => line.startsWith("- "))) return el("ul", {}, ...lines.map((line) => el("li", {}, ...inline(line.slice(2)))));
  return text ? el("p", {}, ...inline(text)) : null;
}

function rows([head, , ...lines]) {
  const cells = (line) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim());
  return el("div", { class: "card list" }, table(cells(head), lines.map((line) => el("tr", {}, ...cells(line).map((cell) => el("td", { class: "wrap" }, ...inline(cell)))))));
}

const unescaped = (text) => decoded(text.replace(ESCAPED, "$1"));

function inline(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(MARKED)) {
    const [all, bold, label, address] = found;
    parts.push(unescaped(text.slice(from, found.index)), bold === undefined ? anchor(address, unescaped(label)) : el("b", {}, ...inline(bold)));
    from = found.index + all.length;
  }
  return [...parts, unescaped(text.slice(from))];
}

function anchor(address, text) {
  const { protocol, href } = new URL(address, location.origin);
  return ["http:", "https:"].includes(protocol) ? el("a", { href, target: "_blank", rel: "noopener" }, text) : text;
}

function widget(query) {
  const names = { "data-task": query.get("objects") || "", "data-metric": query.get("metrics") || "", "data-variant": query.get("variants") || "" };
  return el("div", { class: "card", "data-kind": query.get("type") || "", ...names }, el("h3", {}, ""), el("div", { class: "figure" }));
}

async function taskOf(id) {
  try {
    return await fetched(`/data/tasks/${encodeURIComponent(id)}`);
  } catch {
    return null; // it may be deleted: its widgets stay empty
  }
}

async function fill(card, task) {
  const { kind, metric, variant, task: id } = card.dataset;
  const plot = task && task.plots.find((each) => each.metric === metric && each.variant === variant);
  const curves = Object.values((task && task.scalars[metric]) || {});
  card.hidden = kind === "plot" ? !plot : !curves.length;
  if (card.hidden) return;
  if (kind === "plot") return drawPlot(card, id, plot);
  card.querySelector("h3").textContent = metric;
  drawCurves(card.querySelector(".figure"), curves);
}
