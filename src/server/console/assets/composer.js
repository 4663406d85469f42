// The command line of a room: history, completion, and a line that is sent once however often it is
// tried.

import { newKey, post } from "./api.js";
import { el, button, symbol } from "./dom.js";
import { entry, waiting } from "./entries.js";

const HISTORY_KEY = "warroom.history";
const HISTORY_MAX = 100;
const HINTS = 4;

/** The commands, each with how it is typed, as the server knows them. */
const VERBS = (document.body.dataset.verbs ?? "").split("\n").filter(Boolean).map((line) => line.split("\t"));

export class Composer {
  #options;
  #input;
  #hints = el("div", { class: "hints", role: "group", "aria-label": "Commands that begin so" });
  #history = remembered();
  #at = null;
  #draft = "";

  /** Options: room, log, catchUp(n) asks for entries up to one. */
  constructor(options) {
    this.#options = options;
    this.#input = el("input", {
      id: "line", name: "line", "aria-label": "Command line", placeholder: "Command, or help",
      autocomplete: "off", autocapitalize: "none", spellcheck: "false", enterkeyhint: "send", data: { slash: "" },
      on: { keydown: (event) => this.#key(event), input: () => this.#suggest() },
    });
    const send = (event) => { event.preventDefault(); this.#submit(); };
    this.element = el("form", { class: "composer", on: { submit: send } },
      this.#hints,
      el("div", { class: "composer-line" }, el("span", { class: "prompt", "aria-hidden": "true" }, "›"), this.#input,
        el("button", { class: "primary" }, "Send")));
  }

  #submit() {
    const line = this.#input.value.trim();
    if (line === "") return;
    this.#input.value = "";
    this.#suggest();
    this.#remember(line);
    this.run(line);
  }

  /** Sends a line and shows how it goes. The same key goes with every try, so that it counts once. */
  async run(line, key = newKey()) {
    const { room, log, catchUp } = this.#options;
    const { item, state } = waiting(line);
    log.aside(item);
    log.toEnd();
    try {
      const said = await post("/api/v1/commands", { line, room }, { "Idempotency-Key": key });
      if (said.entry) await catchUp(said.entry);
      item.remove();
      if (!said.entry) log.aside(privately(said, room, (next) => this.run(next)));
    } catch (error) {
      state.className = "sending failure";
      state.setAttribute("role", "alert");
      const again = () => { item.remove(); this.run(line, key); };
      state.replaceChildren(symbol("!"), `Not done: ${error.message} `,
        button("Send again", again), button("Leave it", () => item.remove(), { class: "quiet" }));
    }
  }

  #key(event) {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
    const first = this.#hints.querySelector("button");
    if (event.key === "Tab" && isPlain && !event.shiftKey && first) {
      event.preventDefault();
      first.click();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      this.#walk(event.key === "ArrowUp" ? -1 : 1);
    }
  }

  #walk(by) {
    if (this.#at === null) [this.#at, this.#draft] = [this.#history.length, this.#input.value];
    this.#at = Math.min(this.#history.length, Math.max(0, this.#at + by));
    this.#input.value = this.#history[this.#at] ?? this.#draft;
    this.#hints.replaceChildren();
  }

  /** Commands that begin so; once the verb stands there, how it is typed. */
  #suggest() {
    this.#at = null;
    const typed = this.#input.value.trimStart().toLowerCase();
    const [verb, ...rest] = typed.split(/\s+/);
    const known = VERBS.find(([name]) => name === verb);
    if (known && rest.length) return this.#hints.replaceChildren(el("code", {}, known[1]));
    const fitting = typed === "" || rest.length ? [] : VERBS.filter(([name]) => name.startsWith(typed));
    this.#hints.replaceChildren(...fitting.slice(0, HINTS).map(([name, usage]) => button(usage, () => {
      this.#input.value = `${name} `;
      this.#input.focus();
      this.#suggest();
    }, { tabindex: "-1" })));
  }

  #remember(line) {
    this.#history = [...this.#history.filter((old) => old !== line), line].slice(-HISTORY_MAX);
    try { localStorage.setItem(HISTORY_KEY, JSON.stringify(this.#history)); } catch { /* private windows forget */ }
  }
}

function remembered() {
  try { return JSON.parse(localStorage.getItem(HISTORY_KEY)) ?? []; } catch { return []; }
}

/** An answer for the one who asked: it is in no log. */
function privately({ ran, post: said, private: isPrivate }, room, run) {
  const shown = { at: new Date().toISOString(), by: { kind: "warroom" }, post: said };
  const who = isPrivate === false ? "it could not be written into the room" : "only you see this";
  return entry(shown, { room, run, tag: `${ran || "your line"}: ${who}` });
}
