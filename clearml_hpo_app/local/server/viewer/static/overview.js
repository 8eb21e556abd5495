// The overview: all projects beside the tasks of one of them.

import { el, fetched, link, part } from "./dom.js";
import { taskTable } from "./task_table.js";

export function overviewPage(main, project) {
  const trail = el("div", { class: "trail" });
  const side = el("nav", { class: "card side" });
  const list = el("div", { class: "card list" });
  main.replaceChildren(trail, el("div", { class: "layout" }, side, list));
  return async () => {
    const answer = await fetched(`/data/overview${project ? `?project=${encodeURIComponent(project)}` : ""}`);
    document.title = `${answer.project || "All projects"} · ClearML viewer`;
    part(side, "projects", answer.projects, (projects) => [
      link("/", "All projects"),
      ...projects.map((item) => {
        const entry = link(`/projects/${encodeURIComponent(item.id)}`, "");
        entry.append(el("span", {}, item.name), el("span", {}, String(item.tasks)));
        if (item.id === project) entry.className = "here";
        return entry;
      }),
    ]);
    part(list, "tasks", answer.tasks, (tasks) => tasks.length
      ? taskTable(tasks)
      : el("p", { class: "empty" }, "No tasks yet."));
  };
}
