// The page on which an instance is launched: the form, what the base task offers, the check, where it runs.

import { askToImport, placeOptions } from "./dialogs.js";
import { button, fill, freshId, h, icon, say, settled } from "./dom.js";
import { FormView } from "./form.js";
import { offer } from "./offer.js";
import { get, post } from "./server.js";
import { counted, launched } from "./words.js";

const BASE_TASK = "base_task_id";
const QUEUE = "execution_queue";

/** Show the form in `main`, filled in with `values`, or with those of the instance `cloned`; returns what ends it. */
export function launchForm(main, application, { go, values, cloned }) {
  document.title = `Launch · ${application.name}`;
  const holder = h("div", { class: "form-holder" });
  const findings = h("div", { class: "findings", "aria-live": "polite" });
  const places = h("select", { id: freshId("place"), disabled: true, onchange: () => lookSoon() }, h("option", { value: "" }, "Looking for queues …"));
  const submit = h("button", { class: "primary", disabled: true }, icon("play"), "Launch");
  const draft = new Draft(location.search);
  const summary = h("p", { class: "error", role: "alert", hidden: true });
  let [form, offered, isAll, turn, checked, isOver, isQueueOpen, served] = [null, null, false, 0, "", false, false, []];

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
    if (isOver) return;
    [isAll, checked, submit.disabled, isQueueOpen] = [false, "", false, !(QUEUE in given)];
    form = new FormView(application.form, { ...structuredClone(application.defaults), ...given }, (name) => changed(name));
    fill(holder, form.element);
    const base = form.fields.get(BASE_TASK);
    if (base) {
      offered = offer(form);
      base.element.append(offered.element);
      offered.show(form.values[BASE_TASK]);
    }
    proposeQueue();
    look();
  }

  function changed(name) {
    if (form.touched.size) draft.keep(form.values);
    if (name === BASE_TASK) offered?.show(form.values[BASE_TASK]);
    offered?.mark();
    lookSoon();
  }

  async function look() {
    const now = ++turn;
    try {
      const found = await post("/api/validate", { values: form.values });
      if (now !== turn || isOver) return;
      const left = form.complain(found.violations, { all: isAll });
      const count = Object.keys(found.violations).length;
      summarize(isAll && count ? [`${counted(count, "field")} to correct in the form.`, ...left] : []);
      if (count) ask(`${counted(count, "field is", "fields are")} to be filled in or corrected. Then what the server says of the form appears here.`);
      else await check(now);
    } catch (trouble) {
      if (now === turn) fail(trouble);
    }
  }

  const lookSoon = settled(250, look);

  async function check(now) {
    const asked = JSON.stringify([form.values, places.value]);
    if (asked === checked) return;
    findings.setAttribute("aria-busy", "true");
    try {
      const found = await post("/api/check", { values: form.values, queue: places.value });
      if (now !== turn || isOver) return;
      checked = asked;
      showCheck(found);
    } catch (trouble) {
      if (now === turn) fail(trouble);
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
      h("details", { class: "confirmed" }, h("summary", {}, icon("check"), `${counted(found.confirmed.length, "check")} passed`), found.confirmed.map((text) => finding("good", text))));
  }

  const tell = (...content) => fill(findings, ...content);

  // what was found before is not shown any more, so the same values are looked at again
  function ask(sentence) {
    checked = "";
    tell(h("p", { class: "hint" }, sentence));
  }

  function fail(trouble) {
    checked = "";
    tell(finding("error", trouble.message));
  }

  function summarize(sentences) {
    summary.hidden = !sentences.length;
    summary.textContent = sentences.join("\n");
  }

  async function launch() {
    isAll = true;
    submit.disabled = true;
    try {
      const answer = await post("/api/launch", { values: form.values, queue: places.value });
      draft.drop();
      launched.set(answer.id, Date.now());
      say("Launched.");
      go(`/instances/${answer.id}`);
    } catch (trouble) {
      const violations = trouble.details?.violations;
      if (violations) {
        const left = form.complain(violations, { all: true });
        summarize([`${counted(Object.keys(violations).length, "field")} to correct in the form.`, ...left]);
        form.leadTo(violations);
      } else {
        summarize(trouble.message.split("\n"));
      }
    } finally {
      submit.disabled = false;
    }
  }

  async function listPlaces() {
    try {
      const { queues, proposed } = await get("/api/places");
      fill(places, placeOptions(queues));
      places.value = proposed;
      served = queues.filter((each) => each.workers && each.name !== proposed).map((each) => each.name);
      proposeQueue();
    } catch {
      fill(places, placeOptions([]));
    }
    places.disabled = false;
    if (form) lookSoon();
  }

  /** Trials go where workers are, as long as nobody has said otherwise. */
  function proposeQueue() {
    const isOpen = isQueueOpen && !form.touched.has(QUEUE);
    if (isOpen && served.length && !served.includes(form.values[QUEUE])) form.propose(QUEUE, served[0]);
  }

  async function begin() {
    if (values) return start(values);
    const kept = draft.kept();
    if (kept) return (start(kept), holder.prepend(h("p", { class: "kept" }, "The form is as you left it. ", button("Start over", () => (draft.drop(), begin()), { kind: "link" }))));
    if (!cloned) return start({});
    fill(holder, h("p", { class: "loading" }, "Loading …"));
    try {
      start((await get(`/api/instances/${encodeURIComponent(cloned)}/values`)).values);
    } catch (trouble) {
      if (!isOver) fill(holder, h("div", { class: "unread" }, h("p", { class: "error" }, `The configuration that is to be copied could not be read. ${trouble.message}`), button("Try again", () => (listPlaces(), begin()), { kind: "primary" })));
    }
  }

  listPlaces();
  begin();
  return () => (isOver = true);
}

/** What was filled in and not launched yet: it is there again when its page is, until the browser's tab is closed. */
class Draft {
  constructor(search) {
    this.key = `form${search}`;
  }

  keep(values) {
    this.use((storage) => storage.setItem(this.key, JSON.stringify(values)));
  }

  kept() {
    return this.use((storage) => JSON.parse(storage.getItem(this.key)));
  }

  drop() {
    this.use((storage) => storage.removeItem(this.key));
  }

  use(act) {
    try {
      return act(sessionStorage);
    } catch {
      return null; // storage may be forbidden
    }
  }
}

function finding(kind, text) {
  return h("p", { class: `finding ${kind}` }, icon({ error: "cross", warn: "alert", good: "check" }[kind]), h("span", {}, text));
}
