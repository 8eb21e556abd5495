// The overview: all projects beside the tasks of one of them.

import { el, fetched, link, part, plain } from "./dom.js";
import { taskTable } from "./task_table.js";

export function overviewPage(main, project) {
  const trail = el("div", { class: "trail" });
  const side = el("nav", { class: "card side" });
  const list = el("div", { class: "card list" });
  main.replaceChildren(trail, el("div", { class: "layout" }, side, list));
  const asked = new URLSearchParams(location.search); // the columns, order and filter of a ready-made view
  asked.delete("project");
  if (project) asked.set("project", project);
  return async () => {
    const answer = await fetched(`/data/overview?${asked}`);
    document.title = `${answer.project || "All projects"} · ClearML viewer`;
    part(side, "projects", answer.projects, (projects) => [
      link("/", "All projects"),
      ...projects.map((item) => {
        const entry = link(`/projects/${encodeURIComponent(item.id)}`, "");
        entry.append(el("span", {}, plain(item.name)), el("span", {}, String(item.tasks)));
        if (item.id === project) entry.className = "here";
        return entry;
      }),
    ]);
    part(trail, "parents", answer.parents, (parents) => parents.flatMap((parent) =>
      ["Children of ", link(`/tasks/${encodeURIComponent(parent.id)}`, plain(parent.name))]));
    part(list, "tasks", [answer.tasks, answer.heads], ([tasks, heads]) => tasks.length
      ? taskTable(tasks, heads)
      : el("p", { class: "empty" }, "No tasks yet."));
  };
}
