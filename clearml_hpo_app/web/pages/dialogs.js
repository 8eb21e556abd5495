// Questions in the middle of the page, and what a person can do with an instance.

import { button, freshId, h, icon, say } from "./dom.js";
import { get, post } from "./server.js";
import { counted, GOES_ON } from "./words.js";

/**
 * Ask something; resolves with what `answer()` gives when it is accepted, else with null. Where the answer is a trouble,
 * the question stays with it: what was typed or chosen can be mended.
 */
export function ask({ title, content, accept = "OK", isDanger = false, answer = () => true, cancel = "Cancel" }) {
  return new Promise((resolve) => {
    const id = freshId("title");
    let result = null;
    const error = h("p", { class: "error", role: "alert", hidden: true });
    const accepted = accept && h("button", { class: isDanger ? "danger" : "primary" }, accept);
    const submit = async (event) => {
      event.preventDefault();
      accepted.disabled = true;
      try {
        result = await answer();
        dialog.close();
      } catch (trouble) {
        error.textContent = trouble.message;
        error.hidden = false;
      }
      accepted.disabled = false;
    };
    const form = h("form", { onsubmit: submit },
      h("h2", { id }, title),
      h("div", { class: "dialog-content" }, content, error),
      h("div", { class: "dialog-acts" },
        button(cancel, () => dialog.close(), { kind: "plain" }),
        accepted));
    const dialog = h("dialog", { "aria-labelledby": id, onclose: () => (dialog.remove(), resolve(result)) }, form);
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Do something that the server answers with a sentence; says what it answered, or why not. */
export async function told(doing) {
  try {
    const answer = await doing;
    if (answer?.told) say(answer.told);
    return answer ?? true;
  } catch (trouble) {
    say(trouble.message, { isTrouble: true });
    return null;
  }
}

const place = (instance) => `/api/instances/${instance.id}`;

export const pause = (instance) => told(post(`${place(instance)}/pause`));
export const resume = (instance) => told(post(`${place(instance)}/resume`));
export const stop = (instance, now) => told(post(`${place(instance)}/stop`, { now }));

export async function askToStop(instance) {
  const isStopping = instance.state === "stopping";
  const choice = (value, text, hint, checked) => {
    const id = freshId("choice");
    return h("div", { class: "choice" }, h("input", { type: "radio", name: "how", id, value, checked }), h("label", { for: id }, h("b", {}, text), h("span", { class: "hint" }, hint)));
  };
  const content = h("fieldset", { class: "bare" }, h("legend", { class: "unseen" }, "How to stop"),
    choice("gently", "When the running trials have finished", "No further trial is started.", !isStopping),
    choice("now", "Now", "Running trials are stopped too. What they reported stays.", isStopping));
  const now = await ask({ title: `Stop “${instance.name}”?`, content, accept: "Stop", answer: () => content.querySelector(":checked").value });
  return now && stop(instance, now === "now");
}

/** Where a controller can run, as options of a list: queues with workers, this machine, queues without. */
export function placeOptions(queues) {
  const optionOf = ({ name, workers }) => h("option", { value: name }, `Queue ${name}: ${workers ? counted(workers, "worker") : "no worker"}`);
  const [served, others] = [queues.filter((each) => each.workers), queues.filter((each) => !each.workers)];
  return [...served.map(optionOf), h("option", { value: "" }, "This page’s machine"), ...others.map(optionOf)];
}

/** Go on with a run that has ended, or whose controller is gone; where no controller ended it, on this machine. */
export async function carryOn(instance) {
  if (instance.state === "uncontrolled") return told(post(`${place(instance)}/carry-on`));
  const found = await told(get("/api/places"));
  if (!found) return null;
  const id = freshId("place");
  const places = h("select", { id }, placeOptions(found.queues));
  places.value = found.proposed;
  const content = [h("p", {}, "It goes on with what it has, until one of its limits is reached."), h("label", { for: id }, "The controller runs on"), places];
  const queue = await ask({ title: `Carry on “${instance.name}”?`, content, accept: "Carry on", answer: () => ({ queue: places.value }) });
  return queue && told(post(`${place(instance)}/carry-on`, queue));
}

export async function rename(instance) {
  const id = freshId("name");
  const input = h("input", { id, value: instance.name, required: true, minlength: 3, autofocus: true, maxlength: 200 });
  const content = [h("label", { for: id }, "Name"), input];
  const answer = await ask({ title: "Rename", content, accept: "Rename", answer: () => post(`${place(instance)}/rename`, { name: input.value }) });
  if (answer) say(answer.told);
}

export async function useBest(instance) {
  const answer = await told(post(`${place(instance)}/use-best`));
  if (!answer) return;
  const content = [h("p", {}, "A draft task with the parameters of the best trial was made. Enqueue it in ClearML to run it, or train it longer."),
    h("p", {}, h("a", { href: answer.address, target: "_blank", rel: "noopener" }, "Open the task in ClearML ", icon("out")))];
  await ask({ title: "Use the best", content, accept: "", cancel: "Close" });
}

/** Ask before deleting, and say what goes; resolves with whether it was deleted. */
export async function askToDelete(instance) {
  const what = await told(get(`${place(instance)}/what-goes`));
  if (!what) return false;
  const id = freshId("too");
  const goesOn = GOES_ON.has(instance.state);
  const box = h("input", { type: "checkbox", id, disabled: what.busy > 0 });
  const content = [
    h("p", {}, `The task “${what.name}” is deleted with what it reported: its dashboard, its log, its settings. This cannot be undone.`),
    what.trials > 0 && h("div", { class: "choice" }, box, h("label", { for: id }, h("b", {}, `Delete its ${counted(what.trials, "trial")} too`), h("span", { class: "hint" }, "With their metrics, logs and models. Else they stay where they are, and no longer belong to an instance."))),
    what.copies > 0 && h("p", { class: "hint" }, `${counted(what.copies, "task")} that people copied from it stay${what.copies === 1 ? "s" : ""}.`),
    (goesOn || what.busy > 0) && h("p", { class: "warning" }, icon("alert"), goesOn ? "It is still at work: stop it first." : `${counted(what.busy, "trial")} still ${what.busy === 1 ? "waits or runs" : "wait or run"} and would stay.`),
  ];
  const wanted = await ask({ title: "Delete this instance?", content, accept: goesOn ? "" : "Delete", isDanger: true, answer: () => ({ withTrials: box.checked }) });
  return Boolean(wanted && (await told(post(`${place(instance)}/delete`, wanted))));
}

export async function showConfiguration(instance) {
  const found = await told(get(`${place(instance)}/configuration`));
  if (!found) return;
  const rows = (pairs) => h("table", { class: "pairs" }, h("tbody", {}, Object.entries(pairs).map(([name, text]) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, typeof text === "string" ? text : JSON.stringify(text))))));
  const listed = Object.entries(found.lists).map(([name, items]) => [h("h3", {}, name), items.map((item) => rows(item))]);
  const content = [h("h3", {}, "Settings"), rows(found.settings), listed, h("p", { class: "hint" }, "Id of the task: ", h("code", {}, found.id))];
  await ask({ title: `Configuration of “${found.name}”`, content: h("div", { class: "configuration", tabindex: "0" }, content), accept: "", cancel: "Close" });
}

export async function clearCompleted(instances) {
  const ended = instances.filter((each) => each.state === "completed");
  if (!ended.length) return say("There is none that is completed. What was stopped or has failed can be carried on: delete it by itself.");
  const names = h("ul", { class: "names" }, ended.slice(0, 8).map((each) => h("li", {}, each.name)), ended.length > 8 && h("li", {}, `and ${ended.length - 8} more`));
  const content = [h("p", {}, `${counted(ended.length, "completed instance")} ${ended.length === 1 ? "is" : "are"} deleted with what was reported. Their trials stay. This cannot be undone.`), names];
  const yes = await ask({ title: "Clear completed", content, accept: "Delete", isDanger: true });
  return yes && told(post("/api/clear-completed", { ids: ended.map((each) => each.id) }));
}

/** Ask for a file or a task to import; resolves with the form's values, or null. */
export async function askToImport() {
  const [file, id] = [freshId("file"), freshId("task")];
  const chosen = h("input", { type: "file", id: file, accept: ".json,.yaml,.yml,.conf" });
  const typed = h("input", { id, placeholder: "32 hex digits", spellcheck: "false" });
  const content = [
    h("div", { class: "drop" }, icon("upload"), h("label", { for: file }, "A file: an export, or a configuration (JSON, YAML, HOCON). You can also drag it onto the page."), chosen),
    h("label", { for: id }, "Or the id of a task: an instance of this or of ClearML’s own application, or of the SDK’s optimizer"), typed];
  return ask({ title: "Import a configuration", content, accept: "Import", answer: () => imported(chosen.files[0] ?? typed.value.trim()) });
}

/** Read a file, or a task by its id, into values of the form; a trouble where it cannot be read. */
async function imported(wanted) {
  const body = typeof wanted === "string" ? { id: wanted } : { text: await wanted.text(), name: wanted.name };
  const found = await post("/api/import", body);
  say(`Filled in from ${found.source}.`);
  for (const sentence of found.lost) say(sentence, { isNote: true });
  return found.values;
}

/** Let files be dropped anywhere on the page. */
export function takeDrops(onValues) {
  const veil = h("div", { class: "veil", hidden: true }, icon("upload"), h("span", {}, "Drop a configuration to fill in the form"));
  document.body.append(veil);
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => carries(event) && (event.preventDefault(), (veil.hidden = false)));
  document.addEventListener("dragleave", (event) => event.relatedTarget === null && (veil.hidden = true));
  document.addEventListener("drop", async (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veil.hidden = true;
    document.querySelector("dialog[open]")?.close();
    const values = event.dataTransfer.files[0] && (await told(imported(event.dataTransfer.files[0])));
    if (values) onValues(values);
  });
}
