// Making elements. Texts become text nodes, never HTML, whatever stands in them.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  plus: "M12 5v14M5 12h14",
  search: "M11 4a7 7 0 1 0 0 14a7 7 0 0 0 0-14M16.2 16.2L21 21",
  menu: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  sun: "M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8M12 2v2.5M12 19.5V22M4.9 4.9l1.8 1.8M17.3 17.3l1.8 1.8M2 12h2.5M19.5 12H22M4.9 19.1l1.8-1.8M17.3 6.7l1.8-1.8",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4A8.5 8.5 0 1 0 20 14.5z",
  check: "M4.5 12.5l5 5L19.5 7",
  cross: "M6 6l12 12M18 6L6 18",
  alert: "M12 3.5L22 20.5H2zM12 10v5M12 17.8v.01",
  info: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 11v6M12 7.5v.01",
  pause: "M8 5v14M16 5v14",
  play: "M7 4.5l12 7.5l-12 7.5z",
  stop: "M6.5 6.5h11v11h-11z",
  clock: "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 7v5l3.5 2.5",
  draft: "M6 3h8l5 5v13H6zM14 3v5h5",
  down: "M6 9l6 6l6-6",
  back: "M15 5l-7 7l7 7",
  upload: "M12 15V4M7.5 8.5L12 4l4.5 4.5M4 16v4h16v-4",
  download: "M12 4v11M7.5 10.5L12 15l4.5-4.5M4 16v4h16v-4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  trash: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10.5 11v5.5M13.5 11v5.5",
  pen: "M4 20l1-4.5L16.5 4l3.5 3.5L8.5 19z",
  list: "M8 6h12M8 12h12M8 18h12M4 6v.01M4 12v.01M4 18v.01",
  star: "M12 3.5l2.6 5.6l6 .7l-4.5 4.1l1.2 6.1L12 17l-5.3 3l1.2-6.1L3.4 9.8l6-.7z",
  out: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  work: "M12 3a9 9 0 1 0 9 9",
};

/** Make an element: attributes by name (`on…` are listeners), then children: texts, elements, lists of them. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Show children in place of what an element held. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Texts with a style each (`code`, `b`, `i` or none), as the server read them from the application's HTML. */
export function styled(pieces) {
  return (pieces ?? []).map(([style, text]) => (style ? h(style, {}, text) : text));
}

export function button(text, act, { kind = "", glyph = "", label = "", disabled = false } = {}) {
  const attributes = { type: "button", class: kind, "aria-label": label || null, title: label || null, onclick: act, disabled };
  return h("button", attributes, glyph && icon(glyph), text && h("span", {}, text));
}

let number = 0;

export function freshId(prefix) {
  number += 1;
  return `${prefix}-${number}`;
}

const MOST_NOTES = 4;

/** Tell in a sentence at the edge of the page; screen readers say it. The oldest of too many goes. */
export function say(text, { isTrouble = false, isNote = false } = {}) {
  const place = document.getElementById("said");
  const said = text.replace(/[\u202A-\u202E\u2066-\u2069]/g, ""); // a name in it must not turn the sentence round
  const note = h("div", { class: isTrouble ? "note trouble" : "note" }, icon(isTrouble || isNote ? "alert" : "check"), h("span", {}, said));
  note.append(button("", () => note.remove(), { kind: "icon-button", glyph: "cross", label: "Close this" }));
  place.append(note);
  while (place.children.length > MOST_NOTES) place.firstChild.remove();
  setTimeout(() => note.remove(), isTrouble || isNote ? 15000 : 6000);
}

/** Call `act` a while after the last call. */
export function settled(milliseconds, act) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...given), milliseconds);
  };
}

/** A button that opens a list of acts; `entries()` gives `{text, glyph, act}` or `{text, glyph, href, download}`. */
export function menu(label, entries, { glyph = "menu", text = "", kind = "icon-button" } = {}) {
  const list = h("div", { class: "menu-list", role: "menu", hidden: true });
  const opener = button(text, () => (list.hidden ? open() : close()), { kind, glyph, label });
  opener.setAttribute("aria-haspopup", "menu");
  opener.setAttribute("aria-expanded", "false");
  const holder = h("div", { class: "menu" }, opener, list);
  const open = () => {
    fill(list, entries().map(entryOf));
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    list.querySelector("[role=menuitem]")?.focus();
    document.addEventListener("pointerdown", outside);
  };
  const close = () => {
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside);
  };
  const outside = (event) => holder.contains(event.target) || close();
  const entryOf = ({ text: said, glyph: sign, act, href, download, kind: style, target }) => {
    const attributes = { role: "menuitem", tabindex: "-1", class: style ?? null };
    const content = [sign && icon(sign), h("span", {}, said)];
    if (href) return h("a", { ...attributes, href, download: download ?? null, target: target ?? null, rel: target ? "noopener" : null, onclick: close }, content);
    return h("button", { ...attributes, type: "button", onclick: () => (close(), opener.focus(), act()) }, content);
  };
  holder.addEventListener("keydown", (event) => {
    const items = [...list.querySelectorAll("[role=menuitem]")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && !list.hidden) (event.stopPropagation(), close(), opener.focus());
    else if (event.key === "Tab" && !list.hidden) close();
    else if (step && !list.hidden) {
      event.preventDefault();
      items.at((items.indexOf(document.activeElement) + step) % items.length)?.focus();
    }
  });
  return holder;
}
