// What the server pushes: parts by name. One stream a page; a page that nobody sees closes it.

import { isLocked } from "./server.js";

/** The parts of one stream, and who wants to be told of which. */
export class Live {
  constructor() {
    this.parts = new Map();
    this.listeners = new Map();
    this.instance = "";
    this.source = null;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
  }

  /** Show another instance (none: the list alone). */
  watch(instance) {
    if (instance === this.instance && this.source) return;
    this.instance = instance;
    for (const name of [...this.parts.keys()]) if (!GENERAL.has(name)) this.parts.delete(name);
    this.close();
    this.open();
  }

  /** Call `tell(value)` now, if the part is there, and at each change; returns what ends that. */
  on(name, tell) {
    const told = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, told.add(tell));
    if (this.parts.has(name)) tell(this.parts.get(name));
    return () => told.delete(tell);
  }

  get(name) {
    return this.parts.get(name);
  }

  open() {
    if (this.source || document.hidden) return;
    this.source = new EventSource(`/api/stream?of=${encodeURIComponent(this.instance)}`);
    this.source.onopen = () => this.put("page", { ok: true });
    this.source.onmessage = (event) => this.put(...JSON.parse(event.data));
    this.source.onerror = () => {
      if (this.source?.readyState === EventSource.CLOSED) this.again();
      else this.put("page", { ok: false });
    };
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  async again() {
    this.close();
    this.put("page", { ok: false, isLocked: await isLocked() });
    setTimeout(() => this.open(), 2000);
  }

  put(name, value) {
    this.parts.set(name, value);
    for (const tell of [...(this.listeners.get(name) ?? [])]) tell(value);
  }
}

const GENERAL = new Set(["server", "calls", "list", "page"]);
