// Draws the viewer's pages from what /data/… answers. All text goes through textContent: a name is never HTML.
"use strict";

const POLL_MS = 3000;
const PLOT_HEIGHT = 450;
const SCALAR_HEIGHT = 330;
const COLOURS = ["#4c8bf5", "#e8833a", "#2f9e63", "#9a6bc4", "#d64545", "#17a2b8", "#b58900", "#e377c2", "#6b7a90"];
const LINK = /^<a href="([^"]*)">([^<]*)<\/a>$/;

const state = { drawn: new Map(), figures: new Map(), tab: null };

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function link(path, text) {
  return el("a", { href: path + location.search.replace(/[?&]project=[^&]*/, "") }, text);
}

function when(text) {
  if (!text) return "";
  return new Date(text).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

function lasted(task) {
  if (!task.started) return null;
  const running = task.status === "in_progress";
  if (!running && !task.completed) return null;
  const end = running ? Date.now() : Date.parse(task.completed);
  const seconds = Math.max(0, Math.round((end - Date.parse(task.started)) / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function number(value) {
  if (typeof value !== "number") return String(value ?? "");
  return String(Number(value.toPrecision(8)));
}

function badge(status) {
  return el("span", { class: `badge ${status}` }, status === "in_progress" ? "running" : status);
}

function dark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function table(heads, rows, name) {
  const head = el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", {}, ...lines(text)))));
  return el("table", { class: name || "" }, head, el("tbody", {}, ...rows));
}

// Redraw a part only when what it shows changed, so that a selection or a zoom survives a refresh.
function part(host, name, value, draw) {
  const text = JSON.stringify(value);
  if (state.drawn.get(name) === text) return;
  state.drawn.set(name, text);
  host.replaceChildren(...[draw(value)].flat().filter(Boolean));
}

// ---- figures

function template() {
  const night = dark();
  const grid = night ? "#2f394b" : "#e4e9f1";
  const axis = { gridcolor: grid, linecolor: grid, zerolinecolor: night ? "#445068" : "#cfd7e3", automargin: true };
  return {
    layout: {
      font: { color: night ? "#c9d2e3" : "#3b475c", family: "system-ui, sans-serif", size: 12 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: COLOURS,
      xaxis: axis, yaxis: axis, legend: { bgcolor: "rgba(0,0,0,0)" }, hovermode: "closest",
      modebar: { bgcolor: "rgba(0,0,0,0)", color: night ? "#5d6b85" : "#b3bccb", activecolor: night ? "#c9d2e3" : "#3b475c" },
    },
  };
}

function drawFigure(node, data, layout, height) {
  const shown = { ...layout, template: template(), autosize: true, height };
  delete shown.title;
  delete shown.width;
  for (const name of ["paper_bgcolor", "plot_bgcolor"]) if (shown[name] === "white") delete shown[name];
  const labelled = data.some((trace) => trace.type === "parcoords" || trace.type === "parcats");
  shown.margin = { l: 60, r: 40, t: labelled ? 70 : 24, b: 50, ...(layout.margin || {}) };
  Plotly.react(node, data, shown, { responsive: true, displaylogo: false });
}

function titleOf(layout, fallback) {
  const title = layout && layout.title;
  const text = typeof title === "string" ? title : title && title.text;
  return text || fallback;
}

const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"' };

// Plotly's own tables read character references; here the result becomes a text node, so it stays text.
function decoded(text) {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(amp|lt|gt|quot));/gi, (_, decimal, hex, name) =>
    name ? NAMED[name.toLowerCase()] : String.fromCodePoint(Math.min(parseInt(decimal || hex, decimal ? 10 : 16), 0x10ffff)));
}

function lines(value) {
  const parts = String(value ?? "").replace(/<\/?b>/g, "").split(/<br\s*\/?>/).map(decoded);
  return parts.flatMap((text, place) => (place ? [document.createElement("br"), text] : [text]));
}

function cell(value) {
  const found = typeof value === "string" && value.match(LINK);
  if (!found) return el("td", { class: "wrap" }, ...(typeof value === "number" ? [number(value)] : lines(value)));
  const target = new URL(found[1], location.origin);
  if (!["http:", "https:"].includes(target.protocol)) return el("td", {}, found[2]);
  return el("td", {}, el("a", { href: target.href, target: "_blank", rel: "noopener" }, decoded(found[2])));
}

function plotlyTable(trace) {
  const heads = ((trace.header && trace.header.values) || []).map((head) => (Array.isArray(head) ? head.join(" ") : head));
  const columns = (trace.cells && trace.cells.values) || [];
  const count = Math.max(0, ...columns.map((column) => (column ? column.length : 0)));
  const rows = [];
  for (let row = 0; row < count; row += 1) {
    rows.push(el("tr", {}, ...columns.map((column) => cell(column && column[row]))));
  }
  return el("div", { class: "scroll" }, table(heads, rows));
}

async function fetched(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

async function figureOf(task, plot) {
  const key = JSON.stringify([plot.metric, plot.variant]);
  const known = state.figures.get(key);
  if (known && known.stamp === plot.stamp && known.iter === plot.iter) return known;
  const query = new URLSearchParams({ metric: plot.metric, variant: plot.variant, iter: plot.iter });
  let figure = null;
  try {
    figure = await fetched(`/data/tasks/${task}/plot?${query}`);
  } catch {
    figure = null;
  }
  const fresh = { ...plot, key, figure };
  state.figures.set(key, fresh);
  return fresh;
}

function fillCard(card, entry, height) {
  const layout = (entry.figure && entry.figure.layout) || {};
  const data = (entry.figure && entry.figure.data) || [];
  const title = el("h3", {}, titleOf(layout, entry.variant));
  if (!entry.figure) {
    card.replaceChildren(title, el("p", { class: "empty" }, "This plot cannot be read."));
  } else if (data.length && data.every((trace) => trace.type === "table")) {
    card.replaceChildren(title, ...data.map(plotlyTable));
  } else {
    const node = card.querySelector(".figure") || el("div", { class: "figure" });
    if (node.parentNode) card.querySelector("h3").replaceWith(title);
    else card.replaceChildren(title, node);
    requestAnimationFrame(() => drawFigure(node, data, layout, height));
  }
}

async function drawPlots(host, task, plots) {
  const entries = await Promise.all(plots.map((plot) => figureOf(task, plot)));
  const heights = entries.map((entry) => (entry.figure && entry.figure.layout && entry.figure.layout.height) || 0);
  const height = Math.max(0, ...heights) || PLOT_HEIGHT;
  part(host, "plots", entries.map((entry) => entry.key), () => {
    if (!entries.length) return el("p", { class: "empty" }, "No plots were reported.");
    state.cards = new Map(entries.map((entry) => [entry.key, el("div", { class: "card" })]));
    return [...grouped(entries)].map(([metric, members]) => {
      const cards = members.map((entry) => state.cards.get(entry.key));
      const grid = el("div", { class: members.length === 1 ? "grid one" : "grid" }, ...cards);
      return el("section", { class: "group" }, el("h2", {}, metric || "(no title)"), grid);
    });
  });
  for (const entry of entries) {
    const card = state.cards.get(entry.key);
    const drawn = JSON.stringify([entry.stamp, entry.iter, height, dark()]);
    if (card.dataset.drawn === drawn) continue;
    card.dataset.drawn = drawn;
    fillCard(card, entry, height);
  }
}

function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.metric, [...(groups.get(entry.metric) || []), entry]);
  return groups;
}

function monitored(metric) {
  return metric.startsWith(":monitor:");
}

function drawScalars(host, scalars, singles) {
  part(host, "scalar-names", { names: Object.keys(scalars), singles, dark: dark() }, () => {
    const metrics = Object.keys(scalars).sort(
      (a, b) => monitored(a) - monitored(b) || a.toLowerCase().localeCompare(b.toLowerCase()),
    );
    if (!metrics.length && !singles.length) return el("p", { class: "empty" }, "No scalars were reported.");
    state.scalarNodes = new Map(metrics.map((metric) => [metric, el("div", { class: "figure" })]));
    const cards = metrics.map((metric) => el("div", { class: "card" }, el("h3", {}, metric), state.scalarNodes.get(metric)));
    const numbers = singles.map((one) => el("div", { class: "single" }, el("span", {}, one.name), el("b", {}, number(one.value))));
    return [el("div", { class: "singles" }, ...numbers), el("div", { class: metrics.length === 1 ? "grid one" : "grid" }, ...cards)];
  });
  for (const [metric, node] of state.scalarNodes || []) {
    const curves = Object.values(scalars[metric] || {});
    const text = JSON.stringify([curves, dark()]);
    if (node.dataset.drawn === text) continue;
    node.dataset.drawn = text;
    const data = curves.map((curve) => ({
      name: curve.name, x: curve.x, y: curve.y, type: "scatter", mode: curve.x.length > 40 ? "lines" : "lines+markers",
      line: { width: 2 }, marker: { size: 5 },
    }));
    const label = (curves.find((curve) => curve.x_axis_label) || {}).x_axis_label || "Iterations";
    const layout = { xaxis: { title: { text: label } }, yaxis: {}, showlegend: true, legend: { orientation: "h", y: 1.12 } };
    requestAnimationFrame(() => drawFigure(node, data, layout, SCALAR_HEIGHT));
  }
}

// ---- pages

function taskRow(task) {
  const project = task.project_name ? link(`/projects/${encodeURIComponent(task.project)}`, task.project_name) : "";
  const tags = (task.tags || []).slice(0, 4).map((tag) => el("span", { class: "tag" }, tag));
  return el("tr", {},
    el("td", { class: "wrap" }, link(taskPath(task), task.name), " ", ...tags),
    el("td", {}, badge(task.status)), el("td", { class: "soft" }, task.type), el("td", { class: "wrap" }, project),
    el("td", {}, number(task.last_iteration)), el("td", { class: "soft" }, lasted(task) || ""),
    el("td", { class: "soft" }, when(task.last_update)));
}

function taskPath(task) {
  return `/projects/${encodeURIComponent(task.project || "*")}/experiments/${encodeURIComponent(task.id)}`;
}

function overviewPage(main, project) {
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
      ? table(["Name", "Status", "Type", "Project", "Iteration", "Time", "Updated"], tasks.map(taskRow))
      : el("p", { class: "empty" }, "No tasks yet."));
  };
}

function pairs(entries) {
  return table(["Name", "Value"], Object.entries(entries).map(([name, value]) =>
    el("tr", {}, el("td", { class: "key" }, name), el("td", { class: "wrap" }, value))));
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

function artifacts(list) {
  const rows = list.map((item) => el("tr", {}, el("td", {}, item.key), el("td", { class: "soft" }, item.type || ""),
    el("td", { class: "wrap" }, item.uri || ""), el("td", { class: "soft" }, item.content_size ? `${item.content_size} bytes` : "")));
  return el("section", { class: "group" }, el("h2", {}, "Artifacts"),
    el("div", { class: "card list" }, table(["Name", "Type", "Address", "Size"], rows)));
}

function children(list) {
  return el("section", { class: "group" }, el("h2", {}, "Children"),
    el("div", { class: "card list" }, table(["Name", "Status", "Type", "Project", "Iteration", "Time", "Updated"], list.map(taskRow))));
}

function heading(answer) {
  const task = answer.task;
  const facts = [["Type", task.type], ["Created", when(task.created)], ["Started", when(task.started)],
    ["Run time", lasted(task)], ["Iterations", number(task.last_iteration)], ["Worker", task.last_worker],
    ["Progress", answer.progress && `${answer.progress} %`]];
  const reason = [...new Set([task.status_reason, task.status_message].filter(Boolean))].join(" · ");
  return [
    el("div", { class: "trail" }, link("/", "Projects"), " / ",
      answer.project ? link(`/projects/${encodeURIComponent(answer.project.id)}`, answer.project.name) : "(no project)",
      answer.parent ? " / " : null, answer.parent ? link(`/tasks/${encodeURIComponent(answer.parent.id)}`, answer.parent.name) : null),
    el("div", { class: "head" }, el("h1", {}, task.name), badge(task.status),
      ...(task.system_tags.includes("archived") ? [el("span", { class: "tag" }, "archived")] : []),
      ...task.tags.map((tag) => el("span", { class: "tag" }, tag))),
    reason ? el("p", { class: "reason" }, reason) : null,
    task.comment ? el("p", { class: "reason" }, task.comment) : null,
    el("div", { class: "facts" }, ...facts.filter(([, value]) => value).map(([name, value]) =>
      el("span", {}, `${name} `, el("b", {}, value)))),
  ];
}

const TABS = { plots: "Plots", scalars: "Scalars", configuration: "Configuration", info: "Artifacts and children", log: "Console" };

function startTab(rest) {
  const words = { log: "log", scalar: "scalars", scalars: "scalars", plots: "plots", "hyper-params": "configuration",
    configuration: "configuration", execution: "configuration", artifacts: "info", general: "info" };
  return rest.split("/").map((word) => words[word]).find(Boolean) || null;
}

function taskPage(main, id, rest) {
  const head = el("header", {});
  const tabs = el("div", { class: "tabs", role: "tablist" });
  const hosts = Object.fromEntries(Object.keys(TABS).map((name) => [name, el("div", { hidden: "" })]));
  main.replaceChildren(head, tabs, ...Object.values(hosts));
  state.tab = startTab(rest);
  let last = null;
  const draw = async () => {
    const answer = last;
    state.tab = state.tab || (answer.plots.length || !Object.keys(answer.scalars).length ? "plots" : "scalars");
    const counts = { plots: answer.plots.length, scalars: Object.keys(answer.scalars).length, info: answer.children.length };
    part(tabs, "tabs", [state.tab, counts], () => Object.entries(TABS).map(([name, title]) =>
      el("button", { role: "tab", "aria-selected": String(name === state.tab), onclick: () => { state.tab = name; draw(); } },
        title, counts[name] ? el("span", { class: "count" }, String(counts[name])) : null)));
    for (const [name, host] of Object.entries(hosts)) host.hidden = name !== state.tab;
    part(head, "head", [answer.task, answer.progress, answer.project, answer.parent, lasted(answer.task)], () => heading(answer));
    if (state.tab === "plots") await drawPlots(hosts.plots, id, answer.plots);
    if (state.tab === "scalars") drawScalars(hosts.scalars, answer.scalars, answer.singles);
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

function route(main) {
  const words = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  if (words[0] === "tasks" && words[1]) return taskPage(main, words[1], words.slice(2).join("/"));
  if (words[0] === "projects" && ["experiments", "tasks"].includes(words[2]) && words[3]) {
    return taskPage(main, words[3], words.slice(4).join("/"));
  }
  return overviewPage(main, words[0] === "projects" && words[1] !== "*" ? words[1] : null);
}

function start() {
  const away = el("span", { class: "away" });
  const main = el("main", {});
  const note = el("span", { class: "note" }, "read-only · refreshes by itself");
  document.body.replaceChildren(el("div", { class: "bar" }, link("/", "ClearML viewer"), away, note), main);
  const refresh = route(main);
  const turn = async () => {
    try {
      await refresh();
      away.textContent = "";
    } catch (error) {
      if (error.message === "401") location.reload(); // the pass ended: the page asks for credentials
      away.textContent = error.message === "404" ? "There is no such task." : "The server does not answer.";
    }
    setTimeout(turn, POLL_MS);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => state.drawn.clear());
  turn();
}

start();
