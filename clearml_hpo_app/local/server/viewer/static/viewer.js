// The viewer: which page an address means, drawn from what /data/… answers and refreshed by itself.

import { el, forget, link } from "./dom.js";
import { overviewPage } from "./overview.js";
import { taskPage } from "./task.js";

const POLL_MS = 3000;

function route(main) {
  const words = location.pathname.split("/").filter(Boolean).map(decodeURIComponent);
  if (words[0] === "tasks" && words[1]) return taskPage(main, words[1], words.slice(2).join("/"));
  if (words[0] === "projects" && ["experiments", "tasks"].includes(words[2]) && words[3]) {
    return taskPage(main, words[3], words.slice(4).join("/"));
  }
  if (words[0] === "reports" && words[2]) return taskPage(main, words[2], "report");
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
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => forget());
  turn();
}

start();
