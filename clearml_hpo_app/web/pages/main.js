// The page: which part is shown at which address, the theme, and what stands in the head.

import { dashboard } from "./dashboard.js";
import { takeDrops } from "./dialogs.js";
import { button, fill, h, icon } from "./dom.js";
import { launchForm } from "./launch.js";
import { Live } from "./live.js";
import { get, LOCKED } from "./server.js";
import { sidebar } from "./sidebar.js";

const main = document.getElementById("main");
const live = new Live();
let application = null;
let list = null;
let leave = () => {};
let handed = null; // values for the form that is shown next

function go(path) {
  history.pushState(null, "", path);
  route({ isMove: true });
}

function launch(values) {
  handed = values;
  go("/new");
}

function route({ isMove = false } = {}) {
  leave();
  leave = () => {};
  const [, part, id] = location.pathname.split("/");
  const instance = part === "instances" ? id : "";
  document.body.dataset.shows = part || "list";
  live.watch(instance);
  list.mark(instance);
  if (instance) leave = dashboard(main, instance, application, live, { go, launch });
  else if (part === "new") leave = launchForm(main, application, { go, values: takeHanded(), cloned: new URLSearchParams(location.search).get("clone") });
  else welcome();
  if (isMove) {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
}

function takeHanded() {
  const values = handed;
  handed = null;
  return values;
}

function welcome() {
  document.title = application.name;
  const server = live.get("server");
  if (server?.kind === "credentials") return refused(server.text);
  fill(main, h("section", { class: "welcome" },
    h("img", { src: "/icon.svg", alt: "", width: 96, height: 96 }),
    h("h1", {}, "Choose an instance, or launch one"),
    h("p", {}, "An instance is one optimization: it tries out values of your task’s hyperparameters and keeps the best."),
    h("a", { class: "primary", href: "/new", "data-route": true }, icon("plus"), "Launch new")));
}

function refused(text) {
  fill(main, h("section", { class: "welcome" }, icon("alert"),
    h("h1", {}, "The ClearML server refuses the credentials"),
    h("p", {}, "Write others into clearml.conf, as clearml-init does, or into CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY. Then start clearml-hpo web again."),
    h("details", {}, h("summary", {}, "What it said"), h("p", { class: "hint" }, text))));
}

const SENTENCES = {
  away: "The ClearML server does not answer; it is asked again by itself.",
  credentials: "The ClearML server refuses the credentials.",
};

let wasRefused = false;

function showServer() {
  const place = document.getElementById("server");
  const [server, page] = [live.get("server"), live.get("page")];
  const trouble = page?.isLocked ? LOCKED : page?.ok === false ? "The page’s own server does not answer. Is clearml-hpo web still running?" : server?.ok === false ? (SENTENCES[server.kind] ?? server.text) : "";
  document.body.classList.toggle("is-away", Boolean(trouble));
  place.className = trouble ? "server trouble" : "server";
  place.title = trouble ? (server?.text ?? "") : "";
  fill(place, trouble ? [icon("alert"), h("span", {}, trouble), page?.isLocked && button("Log in", () => location.reload(), { kind: "primary" })] : server ? [h("span", { class: "dot" }), h("span", {}, server.host.replace(/^https?:\/\//, ""))] : []);
  const isRefused = server?.kind === "credentials";
  if (isRefused !== wasRefused && document.body.dataset.shows === "list") welcome();
  wasRefused = isRefused;
}

function showTheme() {
  const isDark = document.documentElement.dataset.theme === "dark";
  fill(document.getElementById("theme"), icon(isDark ? "sun" : "moon"));
}

function changeTheme() {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("theme", next);
  } catch {
    // storage may be forbidden; it holds until the page is left
  }
  showTheme();
  dispatchEvent(new Event("themechange"));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-route]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  go(link.getAttribute("href"));
});

async function begin() {
  showTheme();
  document.getElementById("theme").addEventListener("click", changeTheme);
  try {
    application = await get("/api/application");
  } catch (trouble) {
    fill(main, h("section", { class: "welcome" }, h("h1", {}, "The page could not be loaded"), h("p", {}, trouble.message), button("Try again", () => location.reload(), { kind: "primary" })));
    return;
  }
  list = sidebar(document.getElementById("sidebar"), application, live, { go, launch });
  for (const part of ["server", "page"]) live.on(part, showServer);
  addEventListener("popstate", () => route());
  takeDrops(launch);
  route();
}

begin();
