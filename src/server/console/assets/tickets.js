// The local ticket register as a list.

import { get } from "./api.js";
import { el, data, empty } from "./dom.js";
import { ticketState } from "./words.js";

export function show(main, { live, title }) {
  title("Tickets");
  live.follow(null);
  const state = new URLSearchParams(location.search).get("state") === "all" ? "all" : "open";
  const list = el("ul", { class: "rows" });
  const tabs = el("nav", { class: "filters", "aria-label": "Which tickets" }, [["open", "Open", "/tickets"], ["all", "All", "/tickets?state=all"]]
    .map(([name, word, href]) => el("a", { href, "aria-current": name === state ? "true" : null }, word)));
  const load = async () => {
    const { tickets } = await get(`/api/v1/tickets?state=${state}`);
    list.replaceChildren(...tickets.map(row));
    if (tickets.length === 0) list.replaceWith(empty(state === "open" ? "No ticket is open." : "There is no ticket yet."));
  };
  main.replaceChildren(el("div", { class: "page" }, el("div", { class: "page-head" }, el("h1", {}, "Tickets"), tabs), list));
  return { ready: load(), again: load };
}

const row = (ticket) => el("li", {},
  el("a", { class: "row", href: `/tickets/${encodeURIComponent(ticket.id)}`, data: { row: "" } },
    el("span", { class: "row-state" }, ticketState(ticket.status)),
    el("span", { class: "row-main" }, el("span", { class: "row-title" },
      el("span", { class: "number" }, data(ticket.number)), data(ticket.title, { class: "clip" }))),
    el("span", { class: "row-facts" }, ticket.incident && el("span", {}, `incident #${ticket.incident}`),
      el("span", {}, `${ticket.comments?.length ?? 0} comments`))));
