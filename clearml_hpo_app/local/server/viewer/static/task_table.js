// Tasks as the rows of a table: on the overview, and the children of a task.

import { badge, el, lasted, link, number, table, when } from "./dom.js";

const HEADS = ["Name", "Status", "Type", "Project", "Iteration", "Time", "Updated"];

export function taskTable(tasks) {
  return table(HEADS, tasks.map(taskRow));
}

function taskRow(task) {
  const project = task.project_name ? link(`/projects/${encodeURIComponent(task.project)}`, task.project_name) : "";
  const tags = (task.tags || []).slice(0, 4).map((tag) => el("span", { class: "tag", title: tag }, tag));
  return el("tr", {},
    el("td", { class: "wrap" }, link(taskPath(task), task.name), " ", ...tags),
    el("td", {}, badge(task.status)), el("td", { class: "soft" }, task.type), el("td", { class: "wrap" }, project),
    el("td", {}, number(task.last_iteration)), el("td", { class: "soft" }, lasted(task) || ""),
    el("td", { class: "soft" }, when(task.last_update, "short")));
}

function taskPath(task) {
  return `/projects/${encodeURIComponent(task.project || "*")}/experiments/${encodeURIComponent(task.id)}`;
}
