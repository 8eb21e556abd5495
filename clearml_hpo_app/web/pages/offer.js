// What a base task offers: its metrics to optimize, its parameters with proposed ranges. A click takes them over.

import { button, fill, freshId, h, icon } from "./dom.js";
import { get } from "./server.js";
import { counted } from "./words.js";

const MANY = 12; // parameters, from which on they are searched

/**
 * A place under the field of the base task: `show(id)` looks the task up and offers what it has to `form`; `mark()`
 * tells which of it the form holds by now.
 */
export function offer(form) {
  const element = h("section", { class: "offer", hidden: true, "aria-label": "From the base task" });
  let [asked, boxes] = ["", []];

  async function show(id) {
    if (id === asked) return;
    asked = id;
    element.hidden = true;
    if (!/^[0-9a-f]{32}$/.test(id)) return;
    try {
      const found = await get("/api/base-task", { id });
      if (asked === id && found) draw(found);
    } catch {
      // the check says what is wrong with the task
    }
  }

  function draw(found) {
    fill(element, metrics(found.metrics), parameters(found.parameters));
    element.hidden = false;
  }

  function metrics(rows) {
    if (!rows.length) return h("p", { class: "hint" }, "This task reported no scalars: type the objective that its trials will report.");
    return [h("h4", {}, "Metrics that it reported"), h("div", { class: "picks" }, rows.slice(0, 24).map((row) => button(`${row.title}/${row.series}`, () => take(row), { kind: "pick", glyph: "plus", label: "" })))];
  }

  function take({ title, series, trend }) {
    const rows = form.values.objectives ?? [];
    const isThere = rows.some((row) => row.title === title && row.series === series);
    if (isThere) return;
    const first = rows.find((row) => !row.title && !row.series);
    const row = { ...(first ?? { objective_value: "last" }), title, series, trend };
    form.set("objectives", first ? rows.map((each) => (each === first ? row : each)) : [...rows, row]);
  }

  function parameters(rows) {
    if (!rows.length) return h("p", { class: "hint" }, "This task has no hyperparameters.");
    boxes = rows.map((each) => ({
      ...each,
      box: h("input", { type: "checkbox", id: freshId("take"), checked: each.isKnown }),
      held: h("span", { class: "hint", hidden: true }, "in the search space"),
    }));
    mark();
    const add = button("Add the chosen ones", () => {
      const kept = (form.values.parameters ?? []).filter((row) => row.name?.trim());
      const fresh = boxes.filter((each) => each.box.checked && !each.box.disabled).map((each) => ({ ...blank(), ...each.row }));
      form.set("parameters", [...kept, ...fresh]);
      mark();
    }, { glyph: "plus" });
    for (const each of boxes) {
      const { row, value, box, held } = each;
      each.line = h("div", { class: "offered-row" }, box, h("label", { for: box.id }, h("b", {}, row.name), h("span", { class: "hint" }, `${value === "" ? "empty" : value} → ${rangeOf(row)}`), held));
    }
    const list = h("div", { class: "offered", tabindex: "0", role: "group", "aria-label": "Parameters of the base task" }, boxes.map((each) => each.line));
    return [h("h4", {}, `${counted(rows.length, "parameter")}, with proposed ranges`), rows.length > MANY && narrowing(), list, add];
  }

  /** A search over the parameters, and all or none of those that it leaves. */
  function narrowing() {
    const narrow = () => {
      const wanted = search.value.trim().toLowerCase();
      for (const { row, line } of boxes) line.hidden = !row.name.toLowerCase().includes(wanted);
    };
    const choose = (isChosen) => {
      for (const { box, line } of boxes) if (!line.hidden && !box.disabled) box.checked = isChosen;
    };
    const search = h("input", { type: "search", placeholder: "Search", "aria-label": "Search the parameters of the base task", oninput: narrow });
    return h("div", { class: "table-tools" }, h("span", { class: "search" }, icon("search"), search), button("All", () => choose(true)), button("None", () => choose(false)));
  }

  /** What the form holds is checked and cannot be added again. */
  function mark() {
    const names = new Set((form.values.parameters ?? []).map((row) => row.name));
    for (const { row, box, held } of boxes) {
      const isHeld = names.has(row.name);
      if (isHeld !== box.disabled) box.checked = isHeld;
      box.disabled = isHeld;
      held.hidden = !isHeld;
    }
  }

  const blank = () => {
    const entry = form.listEntry("parameters");
    return entry ? form.freshRow(entry) : {};
  };

  return { element, show, mark };
}

function rangeOf(row) {
  if (row.type === "uniform") return `${row.min} … ${row.max}${row.scale === "log" ? ", log scale" : ""}`;
  if (row.type === "discrete") return row.values;
  return "as it is";
}
