// The list of instances: search, mine or all, order; each with state, progress, best value, owner, run time.

import { button, fill, h, icon, menu, styled } from "./dom.js";
import { askToImport, clearCompleted } from "./dialogs.js";
import { GOES_ON, number, runTime, stateOf } from "./words.js";

const ORDERS = {
  newest: { text: "Newest first", by: (a, b) => b.created - a.created },
  name: { text: "By name", by: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) },
  state: { text: "Running first", by: (a, b) => GOES_ON.has(b.state) - GOES_ON.has(a.state) || b.created - a.created },
  best: { text: "Best value first", by: (a, b) => worth(b) - worth(a) },
};

const worth = (each) => (each.best === null ? -Infinity : each.trend === "min" ? -each.best : each.best);

/** Build the list once; it follows `live` by itself. `go(path)` shows another page, `launch(values)` the form. */
export function sidebar(place, application, live, { go, launch }) {
  const rows = new Map();
  const view = { text: "", whose: "all", order: "newest", ...kept(), current: "" };
  const list = h("ul", { class: "instances" });
  const empty = h("div", { class: "empty-list", hidden: true });
  const search = h("input", { type: "search", placeholder: "Search", "aria-label": "Search instances by name, owner or id", oninput: () => ((view.text = search.value), show()) });
  const whose = h("select", { "aria-label": "Whose instances", onchange: () => ((view.whose = whose.value), keep(view), show()) },
    h("option", { value: "all" }, "All"), h("option", { value: "mine" }, "Mine"));
  const order = h("select", { "aria-label": "Order of the instances", onchange: () => ((view.order = order.value), keep(view), show()) },
    Object.entries(ORDERS).map(([value, each]) => h("option", { value }, each.text)));
  const acts = menu("More about the list", () => [
    { text: "Import a configuration", glyph: "upload", act: async () => { const values = await askToImport(); if (values) launch(values); } },
    { text: "Clear completed", glyph: "trash", act: () => clearCompleted((live.get("list") ?? []).filter(isWanted)) },
  ]);
  [whose.value, order.value] = [view.whose, view.order];
  const calls = h("p", { class: "calls" });
  fill(place,
    about(application),
    h("div", { class: "list-head" },
      h("h2", {}, "Instances"), whose, h("span", { class: "spacer" }), acts,
      h("a", { class: "new", href: "/new", "data-route": true, "aria-label": "Launch a new instance", title: "Launch a new instance" }, icon("plus"))),
    h("div", { class: "list-tools" }, h("span", { class: "search" }, icon("search"), search), order),
    list, empty, calls);

  const isWanted = (each) => (view.whose === "all" || each.mine) && [each.name, each.owner ?? "", each.id].some((text) => text.toLowerCase().includes(view.text.trim().toLowerCase()));

  function show() {
    const all = live.get("list");
    if (!all) return;
    const shown = all.filter(isWanted).sort(ORDERS[view.order].by);
    const wanted = shown.map((each) => {
      const row = rows.get(each.id) ?? rows.set(each.id, makeRow(each.id)).get(each.id);
      row.show(each, view.current);
      return row.element;
    });
    if (wanted.length !== list.children.length || wanted.some((element, index) => element !== list.children[index])) keepFocus(list, wanted);
    empty.hidden = shown.length > 0;
    fill(empty, all.length ? h("p", {}, "No instance fits.") : [h("p", {}, "There is no optimization on this server yet."), h("a", { class: "primary", href: "/new", "data-route": true }, icon("plus"), "Launch the first one")]);
  }

  live.on("list", show);
  live.on("calls", (found) => fill(calls, callsSentence(found)));
  setInterval(() => rows.forEach((row) => row.tick()), 1000);
  return {
    mark(id) {
      view.current = id;
      rows.forEach((row, key) => row.mark(key === id));
    },
    go,
  };
}

/** Whose instances are listed, and in which order, stays as a person chose it. */
function keep({ whose, order }) {
  try {
    localStorage.setItem("list", JSON.stringify({ whose, order }));
  } catch {
    // storage may be forbidden
  }
}

function kept() {
  try {
    const { whose, order } = JSON.parse(localStorage.getItem("list")) ?? {};
    return { ...(whose === "mine" && { whose }), ...(Object.hasOwn(ORDERS, order) && { order }) };
  } catch {
    return {};
  }
}

function callsSentence({ all, looking, most }) {
  const more = all > looking ? `, and ${all - looking} for what was done here` : "";
  return `${looking} calls to the server in the last minute for all open pages together (${most} at most)${more}`;
}

function keepFocus(list, wanted) {
  const focused = list.contains(document.activeElement) ? document.activeElement : null;
  list.replaceChildren(...wanted);
  focused?.focus();
}

function about(application) {
  const text = h("p", { class: "description clipped" }, styled(application.description));
  const more = button("More", () => {
    const isOpen = !text.classList.toggle("clipped");
    more.setAttribute("aria-expanded", String(isOpen));
    more.querySelector("span").textContent = isOpen ? "Less" : "More";
  }, { kind: "link", glyph: "down" });
  more.setAttribute("aria-expanded", "false");
  return h("section", { class: "about" },
    h("div", { class: "about-head" }, h("img", { src: "/icon.svg", alt: "", width: 48, height: 48 }),
      h("div", {}, h("h1", {}, application.name), h("p", { class: "by" }, `By ${application.provider} · ${application.version}`))),
    text, more);
}

function makeRow(id) {
  const glyph = h("span", { class: "state-glyph" });
  const name = h("span", { class: "name" });
  const time = h("span", { class: "time" });
  const detail = h("span", { class: "detail" });
  const best = h("span", { class: "best" });
  const bar = h("span", { class: "bar" }, h("span", {}));
  const link = h("a", { href: `/instances/${id}`, "data-route": true }, glyph, h("span", { class: "lines" }, h("span", { class: "first" }, name, time), h("span", { class: "second" }, detail, best), bar));
  let shown = {};
  const mark = (isCurrent) => (isCurrent ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current"));
  return {
    element: h("li", {}, link),
    mark,
    tick: () => shown.started && !shown.ended && (time.textContent = runTime(shown)),
    show(instance, current) {
      const state = stateOf(instance);
      mark(instance.id === current);
      if (shown.state !== instance.state) fill(glyph, icon(state.glyph));
      shown = instance;
      link.dataset.state = instance.state;
      link.title = instance.name;
      name.textContent = instance.name;
      time.textContent = runTime(instance);
      const goesOn = GOES_ON.has(instance.state);
      detail.textContent = [state.text, goesOn && instance.progress !== null && `${instance.progress} %`, instance.owner].filter(Boolean).join(" · ");
      best.textContent = instance.best === null ? "" : `best ${number(instance.best)}`;
      bar.hidden = !goesOn || instance.progress === null;
      bar.firstChild.style.width = `${instance.progress ?? 0}%`;
    },
  };
}
