// Tasks as the rows of a table: on the overview, and the children of a task.

import { badge, el, lasted, link, number, plain, table, when } from "./dom.js";

const HEADS = ["Name", "Status", "Type", "Project", "Iteration", "Time", "Updated"];

// `heads` are those of a view's own columns, which stand behind the name and status.
export function taskTable(tasks, heads = []) {
  const common = shared(tasks);
  return table([...HEADS.slice(0, 2), ...heads.map(plain), ...HEADS.slice(2)], tasks.map((task) => taskRow(task, common)));
}

// Tags that all of several tasks have tell nothing of one.
function shared(tasks) {
  if (tasks.length < 2) return [];
  return (tasks[0].tags || []).filter((tag) => tasks.every((task) => (task.tags || []).includes(tag)));
}

function taskRow(task, common) {
  const project = task.project_name ? link(`/projects/${encodeURIComponent(task.project)}`, plain(task.project_name)) : "";
  const isArchived = (task.system_tags || []).includes("archived");
  const tags = (task.tags || []).filter((tag) => !common.includes(tag)).slice(0, 4).map((tag) => el("span", { class: "tag", title: tag }, plain(tag)));
  return el("tr", {},
    el("td", { class: "wrap" }, link(taskPath(task), plain(task.name)), " ", ...tags, isArchived ? el("span", { class: "tag" }, "archived") : ""),
    el("td", {}, badge(task.status)), ...(task.cells || []).map((value) => el("td", {}, plain(number(value)))),
    el("td", { class: "soft" }, task.type), el("td", { class: "wrap" }, project),
    el("td", {}, number(task.last_iteration)), el("td", { class: "soft" }, lasted(task) || ""),
    el("td", { class: "soft" }, when(task.last_update, "short")));
}

function taskPath(task) {
  return `/projects/${encodeURIComponent(task.project || "*")}/experiments/${encodeURIComponent(task.id)}`;
}
