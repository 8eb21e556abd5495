// A reported table as a table of the page: its columns sort, its rows can be filtered, links lead to the tasks.

import { fill, h, icon } from "./dom.js";

const ROWS_WITHOUT_FILTER = 8;
const FEW_COLUMNS = 4;
const LINK = /^<a href="([^"]*)">([\s\S]*)<\/a>$/;
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: " " };
const SAFE = /^(https?:\/\/|\/(?!\/))/i;

/** What stands in a cell as Plotly has it: plain text, perhaps with an address. */
export function cellOf(value) {
  const text = value === null || value === undefined ? "" : String(value);
  const found = LINK.exec(text.trim());
  if (found) return { text: plain(found[2]), address: SAFE.test(decoded(found[1])) ? decoded(found[1]) : "" };
  return { text: plain(text), address: "" };
}

function plain(text) {
  return decoded(text.replace(/<br\s*\/?>/gi, "\n").replace(/<\/?(b|i|em|sub|sup)>/gi, ""));
}

function decoded(text) {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (whole, number, hex, name) => {
    const code = number ? Number(number) : hex ? parseInt(hex, 16) : null;
    if (code !== null) return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    return ENTITIES[name.toLowerCase()] ?? whole;
  });
}

const NUMBER = /^[-+−]?(\d[\d   ]*(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

/** Numbers by value, and before texts; nothing comes last. */
export function compare(a, b) {
  if (!a || !b) return (a ? 0 : 1) - (b ? 0 : 1);
  const [x, y] = [a, b].map((text) => (NUMBER.test(text) ? Number(text.replace(/[   ]/g, "").replace("−", "-")) : NaN));
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a.localeCompare(b, undefined, { numeric: true });
}

/** A table that stays what a person made of it (order, filter) while new rows come: `show(figure)`. */
export function reportedTable(title) {
  const view = { column: -1, falling: false, text: "" };
  // narrow panels show the rows of few columns as blocks, after which browsers know no roles by themselves
  const [head, body] = [h("thead", { role: "rowgroup" }), h("tbody", { role: "rowgroup" })];
  const filter = h("input", { type: "search", placeholder: "Filter rows", "aria-label": `Filter the rows of ${title}`, oninput: () => ((view.text = filter.value), draw()) });
  const count = h("span", { class: "hint", role: "status" });
  const tools = h("div", { class: "table-tools" }, h("span", { class: "search" }, icon("search"), filter), count);
  const notes = h("p", { class: "hint notes" });
  const scroller = h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", { class: "reported", role: "table" }, head, body));
  let [names, rows, drawn] = [[], [], ""];

  function show(figure) {
    const [trace] = figure.data;
    const texts = (values) => (values ?? []).map((value) => plain(String(Array.isArray(value) ? value.join(" ") : value)).replaceAll("\n", " "));
    names = texts(trace.header?.values);
    const columns = (trace.cells?.values ?? []).map((column) => [...column].map(cellOf));
    rows = (columns[0] ?? []).map((_, index) => columns.map((column) => column[index] ?? { text: "", address: "" }));
    notes.textContent = (figure.layout?.annotations ?? []).map((each) => plain(String(each.text ?? ""))).join("\n");
    notes.hidden = !notes.textContent;
    scroller.firstChild.classList.toggle("few", names.length <= FEW_COLUMNS);
    tools.hidden = rows.length <= ROWS_WITHOUT_FILTER && !view.text;
    draw();
  }

  function sortBy(column) {
    const isSame = view.column === column;
    if (isSame && view.falling) (view.column = -1), (view.falling = false);
    else (view.falling = isSame), (view.column = column);
    draw();
    head.querySelectorAll("button")[column]?.focus();
  }

  function draw() {
    const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = rows.filter((row) => {
      const text = row.map((cell) => cell.text).join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
    if (view.column >= 0) {
      const way = view.falling ? -1 : 1;
      const at = (row) => row[view.column]?.text ?? "";
      wanted.sort((a, b) => (!at(a) || !at(b) ? compare(at(a), at(b)) : way * compare(at(a), at(b))));
    }
    drawHead();
    fill(body, wanted.map((row) => h("tr", { role: "row" }, row.map(cell))));
    count.textContent = words.length ? `${wanted.length} of ${rows.length} rows` : "";
  }

  function drawHead() {
    const state = JSON.stringify([names, view.column, view.falling]);
    if (state === drawn) return;
    drawn = state;
    fill(head, h("tr", { role: "row" }, names.map((name, index) => {
      const isSorted = index === view.column;
      const glyph = isSorted ? h("span", { class: "arrow", "aria-hidden": "true" }, view.falling ? "▼" : "▲") : null;
      return h("th", { scope: "col", role: "columnheader", "aria-sort": isSorted ? (view.falling ? "descending" : "ascending") : null }, h("button", { type: "button", title: `Sort by ${name}`, onclick: () => sortBy(index) }, name, glyph));
    })));
  }

  const cell = ({ text, address }) => {
    const kind = NUMBER.test(text) ? "number" : text.length > 36 ? "long" : text.length <= 20 ? "short" : null;
    return h("td", { class: kind, role: "cell" }, address ? h("a", { href: address, target: "_blank", rel: "noopener" }, text) : text);
  };

  return { element: h("div", { class: "table-panel" }, tools, scroller, notes), show };
}
