// Tabs with the keys that people expect of tabs. On a wide page the first panel, the room itself, is
// always there, and the tabs are for what stands beside it.

import { el } from "./dom.js";

const wide = matchMedia("(min-width: 1000px)");

export class Tabs {
  #chosen;
  #names;
  #follow = () => this.#show();

  /** Panels by name; `first` is open unless it is null. */
  constructor(panels, first) {
    this.#names = panels.map(([name]) => name);
    this.#chosen = this.#names.includes(first) ? first : null;
    this.panels = panels.map(([name, panel]) => {
      panel.id = `panel-${name}`;
      panel.classList.add("panel");
      return panel;
    });
    this.list = el("div", { class: "tabs", role: "tablist", "aria-label": "What to see", on: { keydown: (event) => this.#key(event) } },
      this.#names.map((name) => el("button", {
        type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, on: { click: () => this.open(name) },
      }, name)));
    wide.addEventListener("change", this.#follow);
    this.#show();
  }

  open(name) {
    this.#chosen = name;
    this.#show();
  }

  close() {
    wide.removeEventListener("change", this.#follow);
  }

  #current() {
    const [room, beside] = this.#names;
    if (this.#chosen === null) return wide.matches ? beside : room;
    return wide.matches && this.#chosen === room ? beside : this.#chosen;
  }

  #show() {
    const current = this.#current();
    this.#names.forEach((name, at) => {
      const [tab, panel] = [this.list.children[at], this.panels[at]];
      const isOn = name === current;
      const isRoom = at === 0;
      tab.setAttribute("aria-selected", String(isOn));
      tab.tabIndex = isOn ? 0 : -1;
      tab.hidden = isRoom && wide.matches;
      panel.hidden = !(isOn || (isRoom && wide.matches));
      // Beside the tabs the room is a region of its own.
      if (isRoom && wide.matches) panel.removeAttribute("role");
      else panel.setAttribute("role", "tabpanel");
      if (isOn && !panel.dataset.opened) {
        panel.dataset.opened = "yes";
        panel.opened?.();
      }
    });
  }

  #key(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const names = this.#names.filter((_, at) => !this.list.children[at].hidden);
    const next = names[(names.indexOf(this.#current()) + by + names.length) % names.length];
    this.open(next);
    this.list.querySelector(`#tab-${next}`).focus();
  }
}
