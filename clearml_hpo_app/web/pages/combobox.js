// A field with choices that the server knows: type a part of a name, choose, or leave what was typed.

import { fill, freshId, h, settled } from "./dom.js";
import { get } from "./server.js";

/** Make the field: `input` for its label, `element`; `show(value)` sets it. `onValue(value)` tells what was chosen. */
export function combobox(entry, onValue) {
  const listId = freshId("choices");
  const list = h("ul", { id: listId, class: "choices", role: "listbox", hidden: true, "aria-label": entry.title });
  const chosen = h("span", { class: "hint chosen" });
  const input = h("input", {
    id: freshId(entry.name), role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: entry.placeholder || null,
    "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list",
  });
  let [found, at, asked, label] = [[], -1, 0, ""];

  const look = async (text) => {
    const turn = ++asked;
    try {
      const answer = await get("/api/choices", { field: entry.name, text });
      if (turn === asked) offer(answer);
    } catch (trouble) {
      if (turn === asked) (fill(list, h("li", { class: "hint", role: "option", "aria-disabled": "true" }, trouble.message)), open());
    }
  };
  const lookSoon = settled(180, look);

  function offer(answer) {
    const active = found[at]?.value;
    found = answer;
    const rows = answer.map((each, index) => h("li", { id: `${listId}-${index}`, role: "option", "aria-selected": "false", onpointerdown: (event) => (event.preventDefault(), choose(each)) }, h("span", {}, each.label), h("span", { class: "hint" }, each.detail)));
    fill(list, rows.length ? rows : h("li", { class: "hint", role: "option", "aria-disabled": "true" }, `No ${entry.source.kind.replace("_", " ")} fits.`));
    activate(answer.findIndex((each) => each.value === active)); // what was reached by key stays when more is typed
    open();
  }

  function open() {
    if (document.activeElement !== input) return;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function close() {
    asked += 1;
    at = -1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function choose(each) {
    label = input.value = each.label;
    note(each);
    close();
    onValue(each.value);
  }

  function note(each) {
    chosen.textContent = [entry.source.shows && each.value, each.detail].filter(Boolean).join(" · ");
  }

  function move(step) {
    if (list.hidden) return void look(input.value === label ? "" : input.value);
    if (!found.length) return;
    activate(at < 0 && step < 0 ? found.length - 1 : (at + step + found.length) % found.length);
  }

  function activate(index) {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = index;
    if (at < 0) return void input.removeAttribute("aria-activedescendant");
    list.children[at].setAttribute("aria-selected", "true");
    list.children[at].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", `${listId}-${at}`);
  }

  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && look(input.value === label ? "" : input.value));
  input.addEventListener("input", () => {
    label = chosen.textContent = "";
    onValue(input.value.trim());
    lookSoon(input.value);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) (event.preventDefault(), move(step));
    else if (event.key === "Enter" && !list.hidden) (event.preventDefault(), at >= 0 ? choose(found[at]) : close());
    else if (event.key === "Escape" && !list.hidden) (event.stopPropagation(), close());
  });

  /** Show a value that was not chosen here; its name is looked up. */
  async function show(value) {
    label = input.value = value;
    chosen.textContent = "";
    if (!value || !entry.source.shows) return;
    try {
      const same = (await get("/api/choices", { field: entry.name, text: value })).find((each) => each.value === value);
      if (same && input.value === value) ((label = input.value = same.label), note(same));
    } catch {
      // the id stays; the check tells what is wrong with it
    }
  }

  return { input, element: h("div", { class: "combobox" }, input, list, chosen), show };
}
