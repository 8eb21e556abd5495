// The general renderer of a launch form: every entry type of the format, conditions, defaults, hints, violations.

import { combobox } from "./combobox.js";
import { button, fill, freshId, h, icon, styled } from "./dom.js";
import { asText, asks, defaultOf, newRow, rowTitle, shownPaths } from "./fields.js";

/** A form on the page, over `values`, which it changes; `onChange(name)` is told of every change. */
export class FormView {
  constructor(entries, values, onChange) {
    this.entries = entries;
    this.values = values;
    this.onChange = onChange;
    this.fields = new Map(); // by path: {element, show, mark}
    this.groups = new Map();
    this.touched = new Set();
    this.closed = new WeakSet(); // rows that were folded
    this.element = h("div", { class: "entries" }, this.render(entries, values, ""));
    this.refresh();
  }

  /** Show or hide fields as their conditions say. */
  refresh() {
    this.shown = shownPaths(this.entries, this.values);
    const paths = new Set(this.shown);
    for (const [path, field] of this.fields) field.element.hidden = !field.isRow && !paths.has(path);
    for (const [path, group] of this.groups) group.hidden = !paths.has(`group:${path}`);
  }

  /** Set a field from outside, and show it. */
  set(name, value) {
    this.values[name] = value;
    this.fields.get(name)?.show(value);
    this.changed(name, name);
  }

  /** Set a field that nobody has touched; it does not count as touched. */
  propose(name, value) {
    this.values[name] = value;
    this.fields.get(name)?.show(value);
    this.onChange(name);
  }

  /** Put sentences beside their fields: all of them, or only of fields that were touched. Returns what is left over. */
  complain(violations, { all }) {
    const left = [];
    const isTouched = (path, { isRow }) => this.touched.has(path) || (isRow && [...this.touched].some((each) => each.startsWith(`${path}.`)));
    for (const [path, field] of this.fields) field.mark((all || isTouched(path, field)) && violations[path]);
    for (const [path, sentences] of Object.entries(violations)) {
      if (!this.shown.includes(path) && all) left.push(...sentences);
    }
    return left;
  }

  /** Lead to the first field that has something to correct. */
  leadTo(violations) {
    const path = this.shown.find((each) => violations[each]);
    const field = path && this.fields.get(path);
    if (!field) return;
    for (let above = field.element.parentElement; above; above = above.parentElement) if (above.tagName === "DETAILS") above.open = true;
    field.element.scrollIntoView({ block: "center" });
    const control = field.element.querySelector("input, select, textarea") ?? field.element.querySelector("button");
    control?.focus({ preventScroll: true });
  }

  /** The list of this name, wherever it stands outside of other lists; a new row of it. */
  listEntry(name, entries = this.entries) {
    for (const entry of entries) {
      if (entry.kind === "list" && entry.name === name) return entry;
      const below = entry.kind === "group" ? this.listEntry(name, entry.items) : null;
      if (below) return below;
    }
    return null;
  }

  freshRow(entry) {
    return newRow(entry, this.values);
  }

  changed(path, name, before) {
    this.touched.add(path);
    this.followDefaults(this.entries, this.values, "", name, before);
    this.refresh();
    this.onChange(name);
  }

  /** Fields whose default hangs on `name` and that nobody touched follow it. */
  followDefaults(entries, scope, prefix, name, before) {
    for (const entry of entries) {
      if (entry.kind === "group") this.followDefaults(entry.items, scope, prefix, name, before);
      else if (entry.kind === "list") (scope[entry.name] ?? []).forEach((row, index) => this.followDefaults(entry.items, row, `${prefix}${entry.name}.${index}.`, name, before));
      else if (entry.defaultOn.name === name && asText(scope[entry.name]) === asText(defaultOf(entry, { [name]: before }))) {
        scope[entry.name] = defaultOf(entry, { ...this.values, ...scope });
        this.fields.get(prefix + entry.name)?.show(scope[entry.name]);
      }
    }
  }

  render(entries, scope, prefix) {
    return entries.map((entry) => {
      if (entry.kind === "group") return this.group(entry, scope, prefix);
      if (entry.kind === "list") return this.list(entry, scope, prefix);
      return this.single(entry, scope, prefix);
    });
  }

  group(entry, scope, prefix) {
    const content = [about(entry), this.render(entry.items, scope, prefix)];
    const title = [h("span", { class: "group-title" }, entry.title), asks(entry) && star()];
    const element = entry.collapsible
      ? h("details", { class: "group", open: asks(entry) }, h("summary", {}, title, icon("down")), h("div", { class: "group-body" }, content))
      : h("fieldset", { class: "group" }, h("legend", {}, title), h("div", { class: "group-body" }, content));
    this.groups.set(prefix + entry.name, element);
    return element;
  }

  single(entry, scope, prefix) {
    const path = prefix + entry.name;
    const put = (value) => {
      const before = scope[entry.name];
      scope[entry.name] = value;
      this.changed(path, entry.name, before);
    };
    const made = control(entry, scope[entry.name], put);
    const error = h("p", { class: "error", id: freshId("error"), hidden: true });
    const hint = entry.hint ? h("p", { class: "hint", id: freshId("hint") }, entry.hint) : null;
    const describe = [hint?.id, error.id].filter(Boolean).join(" ");
    for (const input of made.inputs) input.setAttribute("aria-describedby", describe);
    if (entry.required && entry.kind !== "checkbox" && !made.isSet) for (const input of made.inputs) input.setAttribute("aria-required", "true");
    const element = made.isSet
      ? h("fieldset", { class: "field bare", "aria-label": entry.title }, h("legend", { class: "label" }, entry.title, entry.required && star(), info(entry)), made.element, hint, error)
      : entry.kind === "checkbox"
        ? h("div", { class: "field" }, h("div", { class: "check" }, made.element, h("label", { for: made.inputs[0].id }, entry.title), info(entry)), hint, error)
        : h("div", { class: "field" }, h("div", { class: "label" }, h("label", { for: made.inputs[0].id }, entry.title, entry.required && star()), info(entry)), made.element, hint, error);
    element.dataset.path = path;
    this.fields.set(path, { element, show: made.show, mark: (sentences) => mark(error, made.inputs, sentences) });
    return element;
  }

  list(entry, scope, prefix) {
    const path = prefix + entry.name;
    const rows = h("div", { class: "rows" });
    const error = h("p", { class: "error", hidden: true });
    const draw = () => {
      for (const key of [...this.fields.keys()]) if (key.startsWith(`${path}.`)) this.fields.delete(key);
      scope[entry.name] ??= [];
      fill(rows, scope[entry.name].map((row, index) => this.row(entry, scope, path, index, { draw, leave })));
      this.refresh?.();
    };
    const leave = () => (rows.lastChild?.querySelector("summary") ?? add).focus(); // a row with the focus is gone
    const add = button("Add item", () => {
      scope[entry.name] = [...(scope[entry.name] ?? []), newRow(entry, { ...this.values, ...scope })];
      draw();
      this.changed(path, entry.name);
      rows.lastChild?.querySelector("input, select")?.focus();
    }, { kind: "link", glyph: "plus" });
    const element = h("fieldset", { class: "field list bare", "aria-label": entry.title }, h("legend", { class: "label" }, entry.title, (entry.required || entry.minItems > 0) && star(), info(entry)), h("div", { class: "list-box" }, rows, h("div", { class: "add" }, add)), error);
    element.dataset.path = path;
    this.fields.set(path, { element, show: draw, mark: (sentences) => mark(error, [], sentences) });
    draw();
    return element;
  }

  row(entry, scope, path, index, { draw, leave }) {
    const row = scope[entry.name][index];
    const title = h("span", { class: "group-title" });
    const name = () => (title.textContent = rowTitle(entry.titleTemplate, row) || `${entry.title} #${index + 1}`);
    const remove = button("", () => {
      scope[entry.name] = scope[entry.name].filter((each) => each !== row);
      for (const key of [...this.touched]) if (key.startsWith(`${path}.`)) this.touched.delete(key);
      draw();
      this.changed(path, entry.name);
      leave();
    }, { kind: "icon-button", glyph: "trash", label: `Remove item ${index + 1} of ${entry.title}` });
    const prefix = `${path}.${index}.`;
    const own = h("p", { class: "error", hidden: true });
    const body = h("div", { class: "group-body row-body" }, own, this.render(entry.items, row, prefix));
    const details = h("details", { class: "row", open: !this.closed.has(row), ontoggle: () => (details.open ? this.closed.delete(row) : this.closed.add(row)) }, h("summary", {}, title, icon("down")), body);
    body.addEventListener("input", name);
    body.addEventListener("change", name);
    name();
    const element = h("div", { class: "row-holder" }, details, remove);
    this.fields.set(`${path}.${index}`, { element, isRow: true, show: () => {}, mark: (sentences) => mark(own, [], sentences) });
    return element;
  }
}

function star() {
  return h("span", { class: "star", title: "Must be filled in" }, "*");
}

function about(entry) {
  return entry.info.length > 0 && h("p", { class: "hint" }, styled(entry.info));
}

function info(entry) {
  if (!entry.info.length) return null;
  const text = h("span", { class: "info-text", hidden: true }, styled(entry.info));
  const opener = button("", () => {
    text.hidden = !text.hidden;
    opener.setAttribute("aria-expanded", String(!text.hidden));
  }, { kind: "info", glyph: "info", label: `About: ${entry.title}` });
  opener.title = entry.info.map(([, piece]) => piece).join("");
  opener.setAttribute("aria-expanded", "false");
  return [opener, text];
}

function mark(error, inputs, sentences) {
  error.hidden = !sentences;
  error.textContent = sentences ? sentences.join("\n") : "";
  for (const input of inputs) sentences ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
}

/** The control of a single entry: `element`, its `inputs`, `show(value)`; `isSet` for several radio buttons. */
function control(entry, value, put) {
  if (entry.kind === "checkbox") return checkbox(entry, value, put);
  if (entry.kind === "dropdown" && entry.source) return searched(entry, value, put);
  if (entry.kind === "dropdown" && entry.radio) return radios(entry, value, put);
  if (entry.kind === "dropdown") return select(entry, value, put);
  return text(entry, value, put);
}

function text(entry, value, put) {
  const attributes = { id: freshId(entry.name), placeholder: entry.placeholder || null, autocomplete: "off", spellcheck: "false" };
  if (entry.kind === "integer") attributes.inputmode = "numeric";
  if (entry.kind === "float") attributes.inputmode = "decimal";
  const input = entry.kind === "multiline_text" ? h("textarea", { ...attributes, rows: 4 }) : h("input", attributes);
  input.value = asText(value);
  input.addEventListener("input", () => put(input.value));
  return { element: input, inputs: [input], show: (next) => (input.value = asText(next)) };
}

function checkbox(entry, value, put) {
  const input = h("input", { type: "checkbox", id: freshId(entry.name), onchange: () => put(input.checked) });
  const show = (next) => (input.checked = next === true || next === "true");
  show(value);
  return { element: input, inputs: [input], show };
}

function searched(entry, value, put) {
  const box = combobox(entry, put);
  box.show(asText(value));
  return { element: box.element, inputs: [box.input], show: (next) => box.show(asText(next)) };
}

function radios(entry, value, put) {
  const name = freshId(entry.name);
  const inputs = entry.choices.map((choice) => h("input", { type: "radio", name, id: freshId(entry.name), onchange: () => put(choice.value) }));
  const show = (next) => inputs.forEach((input, index) => (input.checked = asText(entry.choices[index].value) === asText(next)));
  show(value);
  const element = h("div", { class: "radios" }, inputs.map((input, index) => h("span", { class: "radio" }, input, h("label", { for: input.id }, entry.choices[index].label))));
  return { element, inputs, show, isSet: true };
}

function select(entry, value, put) {
  const input = h("select", { id: freshId(entry.name), onchange: () => put(input.value === "" ? "" : options()[Number(input.value)].value) });
  let extra = [];
  const options = () => [...entry.choices, ...extra];
  const show = (next) => {
    const known = options().some((choice) => asText(choice.value) === asText(next));
    if (!known && asText(next) !== "") extra = [{ label: asText(next), value: next }];
    const empty = !entry.required || asText(next) === "" ? h("option", { value: "" }, entry.placeholder || "—") : null;
    fill(input, empty, options().map((choice, index) => h("option", { value: index, selected: asText(choice.value) === asText(next) }, choice.label)));
  };
  show(value);
  return { element: input, inputs: [input], show };
}
