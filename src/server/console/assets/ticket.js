// One ticket with its comments: on a page of its own, and as a tab of its incident's room.

import { get, post } from "./api.js";
import { el, data, link, empty, failure } from "./dom.js";
import { ticketState } from "./words.js";
import { when } from "./time.js";

export function show(main, { live, title }, id) {
  live.follow(null);
  const load = async () => {
    const ticket = await get(`/api/v1/tickets/${encodeURIComponent(id)}`);
    title(`Ticket ${ticket.id}`);
    main.replaceChildren(el("div", { class: "page ticket" },
      el("div", { class: "page-head" }, el("a", { class: "back", href: "/tickets" }, "Tickets"), el("h1", {}, el("span", { class: "number" }, data(ticket.id)), " ", data(ticket.title))),
      ...about(ticket), comment(ticket, load)));
  };
  return { ready: load(), again: load };
}

/** The panel of an incident: its ticket, if it has one here. */
export function ofIncident(number) {
  const panel = el("section", { class: "ticket", "aria-label": "Ticket" });
  async function load() {
    try {
      const { ticket: id } = await get(`/api/v1/incidents/${number}`);
      if (!id) return panel.replaceChildren(empty("This incident has no ticket."));
      const ticket = await get(`/api/v1/tickets/${encodeURIComponent(id)}`).catch((error) => elsewhere(error, id));
      panel.replaceChildren(...(ticket.title === undefined ? [ticket] : [
        el("h2", {}, link(`${ticket.id} ${ticket.title}`, `/tickets/${encodeURIComponent(ticket.id)}`)), ...about(ticket), comment(ticket, load)]));
    } catch (error) {
      panel.replaceChildren(failure(error, load));
    }
  }
  panel.opened = load;
  panel.changed = () => { if (panel.dataset.opened && !panel.contains(document.activeElement)) load(); };
  return panel;
}

/** A ticket that another tracker keeps is only named here. */
function elsewhere(error, id) {
  if (error.status !== 404) throw error;
  return el("p", {}, "The ticket is ", data(id), ", in another tracker.");
}

const about = (ticket) => [
  el("p", { class: "row-title" }, ticketState(ticket.status), link(`Incident #${ticket.incident}`, `/rooms/${ticket.incident}`),
    "opened ", when(ticket.opened_at)),
  ticket.body ? el("p", { class: "text" }, data(ticket.body)) : null,
  el("ol", { class: "comments" }, ticket.comments.map(({ at, by, text }) => el("li", {},
    el("p", { class: "entry-head" }, data(by, { class: "author" }), when(at)), el("p", { class: "text" }, data(text))))),
].filter(Boolean);

function comment(ticket, done) {
  const text = el("textarea", { id: "comment", name: "text", rows: "3", required: true, maxlength: "10000" });
  const said = el("div");
  const send = async (event) => {
    event.preventDefault();
    try {
      await post(`/api/v1/tickets/${encodeURIComponent(ticket.id)}/comment`, { text: text.value });
      await done();
    } catch (error) {
      said.replaceChildren(failure(error));
    }
  };
  return el("form", { class: "stacked", on: { submit: send } },
    el("label", { for: "comment" }, "Comment"), text, el("button", { class: "primary" }, "Add comment"), said);
}
