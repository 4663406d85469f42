// The local ticket register as a list.

import { get } from "./api.js";
import { el, data, button, empty } from "./dom.js";
import { ticketState } from "./words.js";
import { since } from "./time.js";

const STATES = [["open", "Open", "/tickets"], ["all", "All", "/tickets?state=all"]];
const NOTHING = { open: "No ticket is open.", all: "There is no ticket yet." };

export function show(main, { live, title }) {
  title("Tickets");
  live.follow(null);
  const state = new URLSearchParams(location.search).get("state") === "all" ? "all" : "open";
  const list = el("ul", { class: "rows" });
  const said = el("div", { role: "status" });
  const more = button("Older tickets", () => load(next), { class: "more", hidden: true });
  let next = null;
  const tabs = el("nav", { class: "filters", "aria-label": "Which tickets" }, STATES.map(([name, word, href]) =>
    el("a", { href, "aria-current": name === state ? "true" : null }, word)));
  async function load(before = null) {
    const page = await get(`/api/v1/tickets?state=${state}${before === null ? "" : `&before=${before}`}`);
    next = page.next ?? null;
    more.hidden = next === null;
    if (before === null) list.replaceChildren();
    list.append(...page.tickets.map(row));
    said.replaceChildren(...(list.children.length ? [] : [empty(NOTHING[state])]));
  }
  main.replaceChildren(el("div", { class: "page" }, el("div", { class: "page-head" }, el("h1", {}, "Tickets"), tabs), said, list, more));
  return { ready: load(), again: () => load().catch(() => {}) };
}

const row = (ticket) => el("li", {},
  el("a", { class: "row", href: `/tickets/${encodeURIComponent(ticket.id)}`, data: { row: "" } },
    el("span", { class: "row-state" }, ticketState(ticket.status)),
    el("span", { class: "row-main" }, el("span", { class: "row-title" },
      el("span", { class: "number" }, data(ticket.id)), data(ticket.title, { class: "clip" }))),
    el("span", { class: "row-facts" }, el("span", {}, `incident #${ticket.incident}`),
      el("span", {}, ticket.comments.length === 1 ? "1 comment" : `${ticket.comments.length} comments`), since(ticket.opened_at))));
