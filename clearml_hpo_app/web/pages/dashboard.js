// The dashboard of one instance: its head with the acts, and the panels that the application lists, live.

import { askToDelete, askToStop, carryOn, pause, rename, resume, showConfiguration, useBest } from "./dialogs.js";
import { button, fill, h, icon, menu } from "./dom.js";
import { panelOf } from "./panels.js";
import { explained, GOES_ON, goesOn, moment, number, runTime, stateOf, STOPPED } from "./words.js";

/** Show an instance in `main`; returns what ends that. */
export function dashboard(main, id, application, live, { go }) {
  const [changing, below] = [h("div", { class: "changing" }), h("div", { class: "below-title" })];
  // what people may have open or hold the focus of stands outside of what changes
  const head = h("header", { class: "instance-head" },
    h("div", { class: "title-row" },
      h("a", { class: "icon-button back", href: "/", "data-route": true, "aria-label": "Back to the list" }, icon("back")),
      changing, menu("More about this instance", () => more())),
    below);
  const notice = h("div", { class: "notice" });
  const grid = h("div", { class: "grid" });
  const loading = h("div", { class: "skeleton", "aria-hidden": "true" }, Array.from({ length: 4 }, () => h("div", {})));
  const lines = application.lines.map((line) => makeLine(line));
  const panels = lines.flatMap((line) => line.panels);
  fill(grid, lines.map((line) => line.element));
  fill(main, head, notice, loading, grid);
  grid.hidden = head.hidden = true;

  let instance = null;
  const values = new Map();
  const ends = [
    live.on("head", (found) => (found?.gone ? gone() : ((instance = found), showHead()))),
    live.on("trouble", (found) => found && fill(notice, h("p", { class: "warning" }, icon("alert"), found.text))),
    live.on("read", () => (fill(notice), showPanels())),
    ...panels.map((each) => live.on(each.panel.key, (value) => (values.set(each, value), live.get("read") && showPanels()))),
  ];
  const clock = setInterval(() => instance && goesOn(instance) && showTime(), 1000);

  function showPanels() {
    loading.remove();
    grid.hidden = false;
    const hasAny = panels.some((each) => !isEmpty(values.get(each)) && each.panel.kind !== "log");
    for (const line of lines) {
      for (const each of line.panels) {
        const value = values.get(each);
        // a panel that this run has no use for, such as the Pareto front of one objective, takes no place
        each.element.hidden = isEmpty(value) && (hasAny || each.panel.kind === "log");
        if (!isEmpty(value) && each.shown !== value) (each.show(value), (each.shown = value));
        else if (isEmpty(value)) each.element.classList.add("is-empty");
        if (!isEmpty(value)) each.element.classList.remove("is-empty");
      }
      line.element.hidden = line.panels.every((each) => each.element.hidden);
    }
    showEmpty(hasAny);
  }

  function showEmpty(hasAny) {
    grid.classList.toggle("is-blank", !hasAny);
    main.querySelector(".nothing-yet")?.remove();
    if (hasAny || !instance) return;
    const waits = goesOn(instance);
    grid.before(h("section", { class: "nothing-yet" }, icon(waits ? "clock" : "info"), h("p", {}, waits ? "Nothing was reported yet. The figures appear as the first trials report." : "Nothing was reported by this instance.")));
    for (const line of lines) line.element.hidden = line.panels.every((each) => isEmpty(values.get(each)));
  }

  function gone() {
    document.title = "Deleted";
    fill(main, h("section", { class: "welcome" }, h("h1", {}, "This instance is not there any more"), h("p", {}, "It was deleted, is no optimization, or the server of this page is another one than before."), h("a", { class: "primary", href: "/", "data-route": true }, "To the list")));
  }

  const time = h("span", {});
  const showTime = () => (time.textContent = runTime(instance));

  function showHead() {
    document.title = `${instance.name} · ${application.name}`;
    const state = stateOf(instance);
    showTime();
    const fact = (name, value) => value && h("div", {}, h("dt", {}, name), h("dd", {}, value));
    const key = JSON.stringify([instance, state]);
    if (head.dataset.shown === key) return;
    const focused = changing.contains(document.activeElement) ? document.activeElement.textContent : null;
    head.dataset.shown = key;
    head.hidden = false;
    fill(changing,
      h("h2", {}, instance.name),
      h("span", { class: "chip", "data-state": instance.state }, icon(state.glyph), state.text),
      h("span", { class: "spacer" }), acts());
    fill(below,
      h("dl", { class: "facts" },
        fact("Best value", instance.best !== null && number(instance.best)),
        fact("Run time", instance.started && time),
        fact("Progress", instance.progress !== null && goesOn(instance) && progress(instance.progress)),
        fact("Owner", instance.owner),
        fact("Created", moment(instance.created))),
      [explained(instance), instance.reason].filter(Boolean).map((sentence) => h("p", { class: "reason" }, sentence)));
    if (focused) [...changing.querySelectorAll("button, a")].find((each) => each.textContent === focused)?.focus();
  }

  const progress = (percent) => h("span", { class: "progress" }, h("progress", { max: 100, value: percent, "aria-label": "Progress" }), ` ${percent} %`);

  function acts() {
    return h("div", { class: "acts" },
      instance.state === "running" && button("Pause", () => pause(instance), { glyph: "pause" }),
      instance.state === "paused" && button("Resume", () => resume(instance), { glyph: "play" }),
      GOES_ON.has(instance.state) && button(instance.state === "stopping" ? "Stop now" : "Stop", () => askToStop(instance), { glyph: "stop" }),
      STOPPED.has(instance.state) && button("Carry on", () => carryOn(instance), { glyph: "play" }),
      instance.best !== null && button("Use the best", () => useBest(instance), { glyph: "star" }),
      button("Clone", () => go(`/new?clone=${id}`), { glyph: "copy" }));
  }

  const more = () => [
    { text: "Configuration", glyph: "list", act: () => showConfiguration(instance) },
    { text: "Export configuration", glyph: "download", href: `/api/instances/${id}/export`, download: "" },
    { text: "Rename", glyph: "pen", act: () => rename(instance) },
    instance.address && { text: "Open in ClearML", glyph: "out", href: instance.address, target: "_blank" },
    { text: "Delete", glyph: "trash", kind: "danger-item", act: async () => (await askToDelete(instance)) && go("/") },
  ].filter(Boolean);

  return () => {
    clearInterval(clock);
    ends.forEach((end) => end());
    panels.forEach((each) => each.end());
  };
}

function makeLine(line) {
  const panels = line.panels.map((panel) => panelOf(panel));
  const element = h("div", { class: "line-of-panels" }, panels.map((each) => each.element));
  element.style.setProperty("--height", line.height);
  return { element, panels };
}

const isEmpty = (value) => value === null || value === undefined || (Array.isArray(value) && value.length === 0);
