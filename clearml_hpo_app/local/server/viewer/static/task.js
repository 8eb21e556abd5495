// The page of one task: plots, scalars, configuration, artifacts and children, console.

import { badge, el, fetched, lasted, link, number, part, plain, table, when } from "./dom.js";
import { drawPlots, drawScalars } from "./figures.js";
import { drawReport } from "./report.js";
import { taskTable } from "./task_table.js";

const TABS = { report: "Report", plots: "Plots", scalars: "Scalars", configuration: "Configuration", info: "Artifacts and children", log: "Console" };

export function taskPage(main, id, rest) {
  const head = el("header", {});
  const tabs = el("div", { class: "tabs", role: "tablist" });
  const hosts = Object.fromEntries(Object.keys(TABS).map((name) => [name, el("div", { hidden: "" })]));
  main.replaceChildren(head, tabs, ...Object.values(hosts));
  let shown = startTab(rest);
  let last = null;
  const draw = async () => {
    const answer = last;
    shown = shown || (answer.report ? "report" : answer.plots.length || !Object.keys(answer.scalars).length ? "plots" : "scalars");
    const counts = { plots: answer.plots.length, scalars: Object.keys(answer.scalars).length, info: answer.children.length };
    part(tabs, "tabs", [shown, counts], () => Object.entries(TABS).filter(([name]) => name !== "report" || answer.report).map(([name, title]) =>
      el("button", { role: "tab", "aria-selected": String(name === shown), onclick: () => { shown = name; draw(); } },
        title, counts[name] ? el("span", { class: "count" }, String(counts[name])) : null)));
    for (const [name, host] of Object.entries(hosts)) host.hidden = name !== shown;
    part(head, "head", [answer.task, answer.progress, answer.project, answer.parent, lasted(answer.task)], () => heading(answer));
    if (shown === "report") await drawReport(hosts.report, answer.report);
    if (shown === "plots") await drawPlots(hosts.plots, id, answer.plots);
    if (shown === "scalars") drawScalars(hosts.scalars, answer.scalars, answer.singles);
    part(hosts.configuration, "configuration", [answer.hyperparams, answer.configuration], () => configuration(answer));
    part(hosts.info, "info", [answer.artifacts, answer.children], () => {
      const all = [answer.artifacts.length ? artifacts(answer.artifacts) : null, answer.children.length ? children(answer.children) : null];
      return all.some(Boolean) ? all : [el("p", { class: "empty" }, "No artifacts and no children.")];
    });
    const end = hosts.log.firstChild;
    const follow = !end || end.scrollTop + end.clientHeight > end.scrollHeight - 40;
    part(hosts.log, "log", answer.log, (log) => log.length
      ? el("pre", { class: "console" }, log.map((line) => (line.endsWith("\n") ? line : `${line}\n`)).join(""))
      : el("p", { class: "empty" }, "The console is empty."));
    if (follow && hosts.log.firstChild) hosts.log.firstChild.scrollTop = hosts.log.firstChild.scrollHeight;
  };
  return async () => {
    last = await fetched(`/data/tasks/${encodeURIComponent(id)}`);
    document.title = `${last.task.name} · ClearML viewer`;
    await draw();
  };
}

function startTab(rest) {
  const words = { report: "report", log: "log", scalar: "scalars", scalars: "scalars", plots: "plots", "hyper-params": "configuration",
    configuration: "configuration", execution: "configuration", artifacts: "info", general: "info" };
  return rest.split("/").map((word) => words[word]).find(Boolean) || null;
}

function heading(answer) {
  const task = answer.task;
  const facts = [["Type", task.type], ["Created", when(task.created)], ["Started", when(task.started)],
    ["Run time", lasted(task)], ["Iterations", number(task.last_iteration)], ["Worker", task.last_worker],
    ["Progress", answer.progress && `${answer.progress} %`]];
  const reason = [...new Set([task.status_reason, task.status_message].filter(Boolean))].join(" · ");
  return [
    el("div", { class: "trail" }, link("/", "Projects"), " / ",
      answer.project ? link(`/projects/${encodeURIComponent(answer.project.id)}`, plain(answer.project.name)) : "(no project)",
      answer.parent ? " / " : null, answer.parent ? link(`/tasks/${encodeURIComponent(answer.parent.id)}`, plain(answer.parent.name)) : null),
    el("div", { class: "head" }, el("h1", {}, plain(task.name)), badge(task.status),
      ...(task.system_tags.includes("archived") ? [el("span", { class: "tag" }, "archived")] : []),
      ...task.tags.map((tag) => el("span", { class: "tag", title: tag }, plain(tag)))),
    reason ? el("p", { class: "reason" }, reason) : null,
    task.comment ? el("p", { class: "reason" }, task.comment) : null,
    el("div", { class: "facts" }, ...facts.filter(([, value]) => value).map(([name, value]) =>
      el("span", {}, `${name} `, el("b", {}, value)))),
  ];
}

function configuration(answer) {
  const sections = Object.entries(answer.hyperparams).map(([section, items]) =>
    el("section", { class: "group" }, el("h2", {}, section === "properties" ? "User properties" : section),
      el("div", { class: "card list" }, pairs(items))));
  const objects = Object.entries(answer.configuration).map(([name, text]) =>
    el("section", { class: "group" }, el("h2", {}, name), el("pre", {}, text)));
  const all = [...sections, ...objects];
  return all.length ? all : el("p", { class: "empty" }, "No configuration.");
}

function pairs(entries) {
  return table(["Name", "Value"], Object.entries(entries).map(([name, value]) =>
    el("tr", {}, el("td", { class: "key" }, name), el("td", { class: "wrap" }, value))));
}

function artifacts(list) {
  const rows = list.map((item) => el("tr", {}, el("td", {}, item.key), el("td", { class: "soft" }, item.type || ""),
    el("td", { class: "wrap" }, item.uri || ""), el("td", { class: "soft" }, item.content_size ? `${item.content_size} bytes` : "")));
  return el("section", { class: "group" }, el("h2", {}, "Artifacts"),
    el("div", { class: "card list" }, table(["Name", "Type", "Address", "Size"], rows)));
}

function children(list) {
  return el("section", { class: "group" }, el("h2", {}, "Children"),
    el("div", { class: "card list" }, taskTable(list)));
}
