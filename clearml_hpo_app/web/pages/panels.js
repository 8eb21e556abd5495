// The panels of a dashboard, one maker for each type of the format. A panel shows a value, or that there is none.

import { fill, h, icon, styled } from "./dom.js";
import { curvesFigure, plot } from "./plots.js";
import { reportedTable } from "./table.js";
import { number } from "./words.js";

/** Make a panel: its element; `show(value)`; `end()`. */
export function panelOf(panel) {
  const caption = h("span", { class: "caption" });
  const body = h("div", { class: "panel-body" });
  const title = panel.title || panel.kind;
  const element = h("section", { class: `panel panel-${panel.kind}`, "aria-label": title }, h("header", {}, h("h3", {}, title), caption), body);
  const made = (MAKERS[panel.kind] ?? unknown)(body, panel, caption);
  return { element, panel, show: made.show, end: made.end ?? (() => {}) };
}

const MAKERS = {
  plot: plotPanel,
  "scalar-histogram": curvesPanel,
  scalar: scalarPanel,
  log: logPanel,
  html: (body) => ({ show: (pieces) => fill(body, h("p", {}, styled(pieces))) }),
  hyperparameter: (body) => ({ show: (sections) => fill(body, Object.entries(sections).map(([name, items]) => [h("h4", {}, name), pairs(items)])) }),
  configuration: (body) => ({ show: (objects) => fill(body, Object.entries(objects).map(([name, text]) => [h("h4", {}, name), h("pre", {}, text)])) }),
};

const unknown = (body, panel) => ({ show: () => fill(body, h("p", { class: "hint" }, `This page cannot show panels of type ${panel.kind}; the task’s own page in ClearML does.`)) });

const pairs = (items) => h("table", { class: "pairs" }, h("tbody", {}, Object.entries(items).map(([name, text]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, text)))));

function plotPanel(body, panel, caption) {
  let [drawing, table] = [null, null];
  const end = () => (drawing?.end(), (drawing = table = null));
  return {
    end,
    show({ variant, figure }) {
      caption.textContent = variant;
      if (!figure) {
        end();
        fill(body, h("p", { class: "warning" }, icon("alert"), "What was reported here cannot be read as a figure."));
        return;
      }
      const isTable = figure.data.length === 1 && figure.data[0]?.type === "table";
      if (isTable && !table) (end(), (table = reportedTable(panel.title)), fill(body, table.element));
      if (!isTable && !drawing) {
        const place = h("div", { class: "figure", role: "group", "aria-label": `${panel.title}: ${variant}` });
        (end(), fill(body, h("div", { class: "figure-scroll" }, place)), (drawing = plot(place)));
      }
      body.classList.toggle("has-parcoords", figure.data[0]?.type === "parcoords");
      (table ?? drawing).show(figure);
    },
  };
}

function curvesPanel(body, panel) {
  const place = h("div", { class: "figure", role: "group", "aria-label": panel.title });
  fill(body, place);
  const drawing = plot(place);
  return { show: (curves) => drawing.show(curvesFigure(curves, panel)), end: drawing.end };
}

function scalarPanel(body) {
  return {
    show: (curves) => fill(body, Object.entries(curves).map(([name, { y }]) => h("p", { class: "single" }, h("b", {}, number(y.at(-1))), h("span", { class: "hint" }, name)))),
  };
}

function logPanel(body, panel) {
  const text = h("div", { class: "log", tabindex: "0", role: "log", "aria-live": "off", "aria-label": panel.title });
  const filter = h("input", { type: "search", placeholder: "Filter lines", "aria-label": "Filter the lines of the log", oninput: () => draw() });
  fill(body, h("div", { class: "table-tools" }, h("span", { class: "search" }, icon("search"), filter)), text);
  let lines = [];
  const draw = () => {
    const isAtEnd = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
    const wanted = filter.value.toLowerCase();
    fill(text, lines.filter((line) => line.text.toLowerCase().includes(wanted)).map(lineOf));
    if (isAtEnd || !wanted) text.scrollTop = text.scrollHeight;
  };
  return { show: (next) => ((lines = next), draw()) };
}

function lineOf({ at, level, text }) {
  const time = new Date(at).toLocaleTimeString(undefined, { hour12: false });
  return h("div", { class: `line ${/err|crit/i.test(level) ? "error" : /warn/i.test(level) ? "warn" : ""}` }, h("time", {}, time), h("span", {}, text.trimEnd()));
}
