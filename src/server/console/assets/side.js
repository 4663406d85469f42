// The rooms at the side of every page: the ops room, then what is open, the worst first. What has
// grown since it was last read here says so.

import { get } from "./api.js";
import { el, data, empty } from "./dom.js";
import { phase, severity } from "./words.js";
import { since } from "./time.js";

const SOON_MS = 400; // hints come in bursts: a storm is one look
const SEEN_KEY = "warroom.seen";
const SEEN_MAX = 300;

export class Side {
  #place;
  #path = location.pathname;
  #timer = null;
  #rooms = [];
  #seen = remembered();

  constructor(place) {
    this.#place = place;
  }

  /** Loads the list. */
  async load() {
    try {
      this.#rooms = (await get("/api/v1/rooms")).rooms;
      this.#draw();
    } catch (error) {
      if (this.#rooms.length === 0) this.#place.replaceChildren(empty(error.message));
    }
  }

  /** Loads the list in a moment, once for many wishes. */
  soon() {
    this.#timer ??= setTimeout(() => { this.#timer = null; this.load(); }, SOON_MS);
  }

  /** The room of this path is the one being read. */
  mark(path) {
    this.#path = path;
    this.#draw();
  }

  /** A room was read up to an entry. */
  read(id, last) {
    if ((this.#seen[id] ?? 0) >= last) return;
    delete this.#seen[id];
    this.#seen[id] = last;
    const ids = Object.keys(this.#seen);
    if (ids.length > SEEN_MAX) delete this.#seen[ids[0]];
    try { localStorage.setItem(SEEN_KEY, JSON.stringify(this.#seen)); } catch { /* private windows forget */ }
    const room = this.#rooms.find((room) => room.id === id);
    if (room) room.entries = Math.max(room.entries, last);
    this.#draw();
  }

  #draw() {
    const focused = document.activeElement?.closest?.("#side a")?.getAttribute("href");
    this.#place.replaceChildren(
      el("h2", {}, "Rooms"),
      el("ul", {}, this.#rooms.map((room) => el("li", {}, this.#row(room)))),
    );
    if (focused) this.#place.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }

  #row(room) {
    const href = `/rooms/${encodeURIComponent(room.id)}`;
    const isHere = this.#path === href || this.#path === `/incidents/${room.id}`;
    const news = isHere ? 0 : Math.max(0, room.entries - (this.#seen[room.id] ?? 0));
    const state = room.incident === null ? null
      : el("span", { class: "row-state" }, phase(room.phase), severity(room.severity), since(room.last_at));
    return el("a", { href, "aria-current": isHere ? "page" : null },
      el("span", { class: "row-title" },
        room.incident !== null && el("span", { class: "number" }, `#${room.incident}`),
        data(room.title, { class: "clip" }),
        news > 0 && el("span", { class: "news", title: `${news} new` }, news > 99 ? "99+" : news,
          el("span", { class: "unseen" }, " new"))),
      state);
  }
}

function remembered() {
  try { return JSON.parse(localStorage.getItem(SEEN_KEY)) ?? {}; } catch { return {}; }
}
