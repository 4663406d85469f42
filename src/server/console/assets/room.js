// A room: its card, its log, its command line, and beside them what is known about its incident.

import { get } from "./api.js";
import { Card } from "./card.js";
import { Composer } from "./composer.js";
import { el, data, empty, failure, mark } from "./dom.js";
import { Log } from "./log.js";
import { Tabs } from "./tabs.js";
import { alerts } from "./alerts.js";
import { Facts } from "./facts.js";
import { graphs } from "./graphs.js";
import { timeline } from "./timeline.js";
import { ofIncident as runs } from "./runs.js";
import { ofIncident as ticketOf } from "./ticket.js";

const PAGE = 200;
const LONG_PAGE = 500; // what the server gives at most
const CARD_PAGES = 5;

export function show(main, context, id) {
  const number = /^[0-9]+$/.test(id) ? Number(id) : null;
  const room = new Room(context, id, number);
  main.replaceChildren(room.element);
  return room;
}

class Room {
  #context;
  #id;
  #number;
  #path;
  #tabs;
  #facts;
  #pictures = graphs();
  #panels = [];
  #isClosed = false;

  constructor(context, id, number) {
    Object.assign(this, { title: el("h1", {}, number === null ? data(`#${id}`) : `#${id}`) });
    [this.#context, this.#id, this.#number] = [context, id, number];
    this.#path = `/api/v1/rooms/${encodeURIComponent(id)}/entries`;
    const run = (line) => this.composer.run(line);
    this.card = new Card(run);
    this.log = new Log({
      room: id, run,
      older: () => this.#older(PAGE),
      card: (entry) => this.#card(entry),
      grown: () => this.#grown(),
    });
    this.composer = new Composer({ room: id, log: this.log, catchUp: () => this.#catchUp() });
    this.#facts = new Facts(number, run);
    this.element = this.#build();
    context.title(number === null ? `#${id}` : `#${id}`);
    this.ready = this.#load();
  }

  #build() {
    const talk = el("section", { class: "talk", "aria-label": "Room" }, this.card.element, this.log.element, this.composer.element);
    const panels = [["Room", talk], ["Facts", this.#facts.element]];
    if (this.#number !== null) {
      this.#panels = [timeline, alerts, runs, ticketOf].map((panel) => panel(this.#number));
      const [events, firing, ran, ticket] = this.#panels;
      panels.push(["Timeline", events], ["Alerts", firing], ["Graphs", this.#pictures], ["Runs", ran], ["Ticket", ticket]);
    } else {
      panels.push(["Graphs", this.#pictures]);
    }
    const isAboutEvents = location.pathname.startsWith("/incidents/") || location.hash.startsWith("#e");
    this.#tabs = new Tabs(panels, isAboutEvents ? "Timeline" : null);
    const head = el("header", { class: "room-head" }, el("a", { class: "back", href: "/" }, "Incidents"), this.title);
    return el("div", { class: "room" }, head, this.#tabs.list, ...this.#tabs.panels);
  }

  async #load() {
    const facts = this.#facts.load();
    facts.then((incident) => this.#name(incident));
    try {
      const { entries, last } = await get(`${this.#path}?max=${PAGE}`);
      if (this.#isClosed) return;
      this.log.add(entries);
      this.log.last = Math.max(this.log.last, last ?? 0);
      this.log.older.hidden = this.log.first <= 1 || this.log.first === Infinity;
      this.#context.live.follow(this.#id, () => this.log.last + 1);
      this.log.toEnd();
      await this.#findCard();
      await this.anchor();
    } catch (error) {
      if (error.status !== 404 || this.#number === null || await facts === null) throw error;
      this.log.aside(el("li", {}, empty("This incident has no room here. Its timeline is complete all the same.")));
      this.#context.live.follow(null);
    }
    this.log.element.classList.add("is-loaded");
    await facts;
  }

  #name(incident) {
    const title = this.card.shown?.title ?? incident?.title;
    if (!title) return;
    this.title.replaceChildren(el("span", { class: "number" }, `#${this.#id}`), " ", data(title));
    this.#context.title(`#${this.#id} ${title}`);
  }

  /** The card may have been edited long ago, before the entries that are here. */
  async #findCard() {
    for (let page = 0; this.#number !== null && !this.card.shown && this.log.first > 1 && page < CARD_PAGES; page += 1) {
      if (this.log.first === Infinity) return;
      await this.#older(LONG_PAGE);
    }
  }

  async #older(max) {
    try {
      const { entries } = await get(`${this.#path}?before=${this.log.first}&max=${max}`);
      if (entries.length === 0) this.log.first = 1;
      this.log.addOlder(entries);
      this.#pictures.show(entries, this.#id);
    } catch (error) {
      this.log.aside(el("li", {}, failure(error)));
    }
  }

  #card(entry) {
    if (!this.card.show(entry)) return;
    this.#facts.card(entry.post.card);
    this.#name(null);
  }

  #grown() {
    if (document.visibilityState === "visible") this.#context.side.read(this.#id, this.log.last);
  }

  /** An entry of the stream. */
  entry(entry) {
    // Numbers have no gaps: one in the stream means that something went missing on its way.
    if (entry.n > this.log.last + 1) return this.#catchUp();
    this.#take([entry]);
  }

  async #catchUp() {
    let page;
    do {
      page = await get(`${this.#path}?from=${this.log.last + 1}&max=${LONG_PAGE}`);
      this.#take(page.entries);
    } while (page.entries.length > 0 && page.last > this.log.last);
  }

  #take(entries) {
    const fresh = entries.filter(({ n }) => n > this.log.last);
    this.log.add(fresh);
    this.#pictures.show(fresh, this.#id);
  }

  /** Something about an incident has changed. */
  incidents(hint) {
    if (hint.number !== this.#number) return;
    this.#facts.load();
    this.#panels.forEach((panel) => panel.changed());
  }

  again() {
    this.#catchUp().catch(() => {});
    this.incidents({ number: this.#number });
  }

  /** Leads to the message or event that the address names. */
  async anchor() {
    const [, kind, at] = /^#([ne])([0-9]+)$/.exec(location.hash) ?? [];
    if (kind === "e") {
      this.#tabs.open("Timeline");
      return this.#panels[0]?.lead(Number(at));
    }
    if (kind !== "n") return;
    const n = Number(at);
    while (n < this.log.first && this.log.first > 1 && this.log.first !== Infinity) await this.#older(LONG_PAGE);
    mark(this.log.find(n) ?? this.card.at(n));
  }

  close() {
    this.#isClosed = true;
    this.#tabs.close();
  }
}
