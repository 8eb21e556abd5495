// A task's plots and scalars, each drawn anew only when it changed.

import { dark, decoded, el, fetched, lines, number, part, table } from "./dom.js";

const PLOT_HEIGHT = 450;
const SCALAR_HEIGHT = 330;
const COLOURS = ["#4c8bf5", "#e8833a", "#2f9e63", "#9a6bc4", "#d64545", "#17a2b8", "#b58900", "#e377c2", "#6b7a90"];
const LINK = /^<a href="([^"]*)">([^<]*)<\/a>$/;

const known = new Map();
let plotCards = new Map();
let scalarNodes = new Map();

function template() {
  const night = dark();
  const grid = night ? "#2f394b" : "#e4e9f1";
  const axis = { gridcolor: grid, linecolor: grid, zerolinecolor: night ? "#445068" : "#cfd7e3", automargin: true };
  return {
    layout: {
      font: { color: night ? "#c9d2e3" : "#3b475c", family: "system-ui, sans-serif", size: 12 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: COLOURS,
      xaxis: axis, yaxis: axis, legend: { bgcolor: "rgba(0,0,0,0)" }, hovermode: "closest",
      modebar: { bgcolor: "rgba(0,0,0,0)", color: night ? "#5d6b85" : "#b3bccb", activecolor: night ? "#c9d2e3" : "#3b475c" },
    },
  };
}

function drawFigure(node, data, layout, height) {
  const shown = { ...layout, template: template(), autosize: true, height };
  delete shown.title;
  delete shown.width;
  for (const name of ["paper_bgcolor", "plot_bgcolor"]) if (shown[name] === "white") delete shown[name];
  const labelled = data.some((trace) => trace.type === "parcoords" || trace.type === "parcats");
  shown.margin = { l: 60, r: 40, t: labelled ? 70 : 24, b: 50, ...(layout.margin || {}) };
  Plotly.react(node, data, shown, { responsive: true, displaylogo: false });
}

function titleOf(layout, fallback) {
  const title = layout && layout.title;
  const text = typeof title === "string" ? title : title && title.text;
  return text || fallback;
}

function cell(value) {
  const found = typeof value === "string" && value.match(LINK);
  if (!found) return el("td", { class: "wrap" }, ...(typeof value === "number" ? [number(value)] : lines(value)));
  const target = new URL(found[1], location.origin);
  if (!["http:", "https:"].includes(target.protocol)) return el("td", {}, found[2]);
  return el("td", {}, el("a", { href: target.href, target: "_blank", rel: "noopener" }, decoded(found[2])));
}

function plotlyTable(trace) {
  const heads = ((trace.header && trace.header.values) || []).map((head) => (Array.isArray(head) ? head.join(" ") : head));
  const columns = (trace.cells && trace.cells.values) || [];
  const count = Math.max(0, ...columns.map((column) => (column ? column.length : 0)));
  const rows = [];
  for (let row = 0; row < count; row += 1) {
    rows.push(el("tr", {}, ...columns.map((column) => cell(column && column[row]))));
  }
  return el("div", { class: "scroll" }, table(heads, rows));
}

async function figureOf(task, plot) {
  const key = JSON.stringify([task, plot.metric, plot.variant]);
  const before = known.get(key);
  if (before && before.stamp === plot.stamp && before.iter === plot.iter) return before;
  const query = new URLSearchParams({ metric: plot.metric, variant: plot.variant, iter: plot.iter });
  let figure = null;
  try {
    figure = await fetched(`/data/tasks/${task}/plot?${query}`);
  } catch {
    figure = null;
  }
  const fresh = { ...plot, key, figure };
  known.set(key, fresh);
  return fresh;
}

function fillCard(card, entry, height) {
  const layout = (entry.figure && entry.figure.layout) || {};
  const data = (entry.figure && entry.figure.data) || [];
  const title = el("h3", {}, titleOf(layout, entry.variant));
  if (!entry.figure) {
    card.replaceChildren(title, el("p", { class: "empty" }, "This plot cannot be read."));
  } else if (data.length && data.every((trace) => trace.type === "table")) {
    card.replaceChildren(title, ...data.map(plotlyTable));
  } else {
    const node = card.querySelector(".figure") || el("div", { class: "figure" });
    if (node.parentNode) card.querySelector("h3").replaceWith(title);
    else card.replaceChildren(title, node);
    requestAnimationFrame(() => drawFigure(node, data, layout, height));
  }
}

export async function drawPlots(host, task, plots) {
  const entries = await Promise.all(plots.map((plot) => figureOf(task, plot)));
  const heights = entries.map(heightOf);
  const height = Math.max(0, ...heights) || PLOT_HEIGHT;
  part(host, "plots", entries.map((entry) => entry.key), () => {
    if (!entries.length) return el("p", { class: "empty" }, "No plots were reported.");
    plotCards = new Map(entries.map((entry) => [entry.key, el("div", { class: "card" })]));
    return [...grouped(entries)].map(([metric, members]) => {
      const cards = members.map((entry) => plotCards.get(entry.key));
      const grid = el("div", { class: members.length === 1 ? "grid one" : "grid" }, ...cards);
      return el("section", { class: "group" }, el("h2", {}, metric || "(no title)"), grid);
    });
  });
  for (const entry of entries) drawEntry(plotCards.get(entry.key), entry, height);
}

/** Draw one plot of a task into a card that may show it already. */
export async function drawPlot(card, task, plot) {
  const entry = await figureOf(task, plot);
  drawEntry(card, entry, heightOf(entry) || PLOT_HEIGHT);
}

const heightOf = ({ figure }) => (figure && figure.layout && figure.layout.height) || 0;

function drawEntry(card, entry, height) {
  if (isNew(card, [entry.stamp, entry.iter, height, dark()])) fillCard(card, entry, height);
}

// Whether a node shows something else than `value`, which it is taken to show from now on.
function isNew(node, value) {
  const text = JSON.stringify(value);
  if (node.dataset.drawn === text) return false;
  node.dataset.drawn = text;
  return true;
}

function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.metric, [...(groups.get(entry.metric) || []), entry]);
  return groups;
}

function monitored(metric) {
  return metric.startsWith(":monitor:");
}

export function drawScalars(host, scalars, singles) {
  part(host, "scalar-names", { names: Object.keys(scalars), singles, dark: dark() }, () => {
    const metrics = Object.keys(scalars).sort(
      (a, b) => monitored(a) - monitored(b) || a.toLowerCase().localeCompare(b.toLowerCase()),
    );
    if (!metrics.length && !singles.length) return el("p", { class: "empty" }, "No scalars were reported.");
    scalarNodes = new Map(metrics.map((metric) => [metric, el("div", { class: "figure" })]));
    const cards = metrics.map((metric) => el("div", { class: "card" }, el("h3", {}, metric), scalarNodes.get(metric)));
    const numbers = singles.map((one) => el("div", { class: "single" }, el("span", {}, one.name), el("b", {}, number(one.value))));
    return [el("div", { class: "singles" }, ...numbers), el("div", { class: metrics.length === 1 ? "grid one" : "grid" }, ...cards)];
  });
  for (const [metric, node] of scalarNodes) drawCurves(node, Object.values(scalars[metric] || {}));
}

/** Draw the curves of one metric into a node that may show them already. */
export function drawCurves(node, curves) {
  if (!isNew(node, [curves, dark()])) return;
  const data = curves.map((curve) => ({
    name: curve.name, x: curve.x, y: curve.y, type: "scatter", mode: curve.x.length > 40 ? "lines" : "lines+markers",
    line: { width: 2 }, marker: { size: 5 },
  }));
  const isTime = curves.some((curve) => typeof curve.x[0] === "string");
  const label = isTime ? "Time" : (curves.find((curve) => curve.x_axis_label) || {}).x_axis_label || "Iterations";
  const layout = { xaxis: { title: { text: label } }, yaxis: {}, showlegend: true, legend: { orientation: "h", y: 1.12 } };
  requestAnimationFrame(() => drawFigure(node, data, layout, SCALAR_HEIGHT));
}
