// The page on which an instance is launched: the form, what the base task offers, the check, where it runs.

import { askToImport } from "./dialogs.js";
import { button, fill, freshId, h, icon, say, settled } from "./dom.js";
import { FormView } from "./form.js";
import { offer } from "./offer.js";
import { get, post } from "./server.js";
import { counted } from "./words.js";

const BASE_TASK = "base_task_id";

/** Show the form in `main`, filled in with `values`, or with those of the instance `cloned`; returns what ends it. */
export function launchForm(main, application, { go, values, cloned }) {
  document.title = `Launch · ${application.name}`;
  const holder = h("div", { class: "form-holder" });
  const findings = h("div", { class: "findings", "aria-live": "polite" });
  const places = h("select", { id: freshId("place"), disabled: true }, h("option", { value: "" }, "Looking for queues …"));
  const submit = h("button", { class: "primary" }, icon("play"), "Launch");
  const summary = h("p", { class: "error", role: "alert", hidden: true });
  let [form, offered, isAll, turn, checked, isOver] = [null, null, false, 0, "", false];

  const card = h("aside", { class: "before", "aria-label": "Before you launch" },
    h("h2", {}, "Before you launch"), findings,
    h("div", { class: "field" }, h("label", { class: "label", for: places.id }, "The controller runs on"), places,
      h("p", { class: "hint" }, "It is one light process that makes the trials and watches them.")),
    summary, submit);
  const page = h("form", { class: "launch", novalidate: true, onsubmit: (event) => (event.preventDefault(), launch()) },
    h("section", { class: "form-card" },
      h("header", { class: "form-head" },
        h("a", { class: "icon-button close", href: "/", "data-route": true, "aria-label": "Close the form" }, icon("cross")),
        h("img", { src: "/icon.svg", alt: "", width: 64, height: 64 }),
        h("h1", {}, application.name),
        button("Import configuration", async () => { const found = await askToImport(); if (found) start(found); }, { kind: "link", glyph: "upload" })),
      holder),
    card);
  fill(main, page);

  function start(given) {
    [isAll, checked] = [false, ""];
    form = new FormView(application.form, { ...structuredClone(application.defaults), ...given }, (name) => changed(name));
    fill(holder, form.element);
    const base = form.fields.get(BASE_TASK);
    if (base) {
      offered = offer(form);
      base.element.append(offered.element);
      offered.show(form.values[BASE_TASK]);
    }
    look();
  }

  function changed(name) {
    if (name === BASE_TASK) offered?.show(form.values[BASE_TASK]);
    lookSoon();
  }

  async function look() {
    const now = ++turn;
    try {
      const found = await post("/api/validate", { values: form.values });
      if (now !== turn || isOver) return;
      const left = form.complain(found.violations, { all: isAll });
      const count = Object.keys(found.violations).length;
      summarize(isAll && count ? [`${counted(count, "thing")} to mend in the form.`, ...left] : []);
      if (count) tell(h("p", { class: "hint" }, "Fill in the form: what the server says of it appears here."));
      else await check(now);
    } catch (trouble) {
      if (now === turn) tell(finding("error", trouble.message));
    }
  }

  const lookSoon = settled(250, look);

  async function check(now) {
    const asked = JSON.stringify(form.values);
    if (asked === checked) return;
    findings.setAttribute("aria-busy", "true");
    try {
      const found = await post("/api/check", { values: form.values });
      if (now !== turn || isOver) return;
      checked = asked;
      showCheck(found);
    } catch (trouble) {
      if (now === turn) tell(finding("error", trouble.message));
    } finally {
      findings.removeAttribute("aria-busy");
    }
  }

  function showCheck(found) {
    tell(
      found.errors.map((text) => finding("error", text)),
      found.warnings.map((text) => finding("warn", text)),
      h("dl", { class: "facts" },
        h("div", {}, h("dt", {}, "Search space"), h("dd", {}, found.space)),
        h("div", {}, h("dt", {}, "Workers"), h("dd", {}, String(found.workers))),
        found.expected && h("div", {}, h("dt", {}, "Expected duration"), h("dd", {}, found.expected))),
      h("details", { class: "confirmed" }, h("summary", {}, icon("check"), `${counted(found.confirmed.length, "thing")} as they must be`), found.confirmed.map((text) => finding("good", text))));
  }

  const tell = (...content) => fill(findings, ...content);

  function summarize(sentences) {
    summary.hidden = !sentences.length;
    summary.textContent = sentences.join("\n");
  }

  async function launch() {
    isAll = true;
    submit.disabled = true;
    try {
      const answer = await post("/api/launch", { values: form.values, queue: places.value });
      say("Launched.");
      go(`/instances/${answer.id}`);
    } catch (trouble) {
      const violations = trouble.details?.violations;
      if (violations) {
        const left = form.complain(violations, { all: true });
        summarize([`${counted(Object.keys(violations).length, "thing")} to mend in the form.`, ...left]);
        form.leadTo(violations);
      } else {
        summarize(trouble.message.split("\n"));
      }
    } finally {
      submit.disabled = false;
    }
  }

  async function listPlaces() {
    const here = h("option", { value: "" }, "This page’s machine");
    try {
      const { queues, proposed } = await get("/api/places");
      fill(places, queues.filter((each) => each.workers).map((each) => placeOf(each)), here, queues.filter((each) => !each.workers).map((each) => placeOf(each)));
      places.value = proposed;
    } catch {
      fill(places, here);
    }
    places.disabled = false;
  }

  const placeOf = ({ name, workers }) => h("option", { value: name }, `Queue ${name}: ${workers ? counted(workers, "worker") : "no worker"}`);

  async function begin() {
    if (!cloned || values) return start(values ?? {});
    fill(holder, h("p", { class: "loading" }, "Loading …"));
    try {
      start((await get(`/api/instances/${encodeURIComponent(cloned)}/values`)).values);
    } catch (trouble) {
      say(trouble.message, { isTrouble: true });
      start({});
    }
  }

  listPlaces();
  begin();
  return () => (isOver = true);
}

function finding(kind, text) {
  return h("p", { class: `finding ${kind}` }, icon({ error: "cross", warn: "alert", good: "check" }[kind]), h("span", {}, text));
}
