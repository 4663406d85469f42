// What is known about an incident: the card's facts, its labels, its rule, and its people.

import { get } from "./api.js";
import { el, data, link, failure } from "./dom.js";
import { phase, severity } from "./words.js";
import { exactly } from "./time.js";

export class Facts {
  element = el("section", { "aria-label": "Facts" });
  #number;
  #card = el("div");
  #rest = el("div");

  constructor(number) {
    this.#number = number;
    this.element.append(this.#card, this.#rest);
    if (number === null) this.#rest.append(el("p", { class: "help" },
      "A room that is always open: warroom tells here what concerns more than one incident. Commands work as in any other room."));
  }

  /** Loads the incident and gives it; nothing for a room without one. */
  async load() {
    if (this.#number === null) return null;
    try {
      const incident = await get(`/api/v1/incidents/${this.#number}`);
      this.#rest.replaceChildren(...this.#about(incident));
      return incident;
    } catch (error) {
      this.#rest.replaceChildren(failure(error, () => this.load()));
      return null;
    }
  }

  /** The card has changed. */
  card({ facts, links }) {
    this.#card.replaceChildren(list(facts.map(({ name, value }) => [name, data(value)])),
      el("ul", { class: "links" }, (links ?? []).map(({ text, url }) => el("li", {}, link(text, url)))));
  }

  #about(incident) {
    const { alerts } = incident;
    const counted = ["firing", "held", "resolved", "stale", "flapping"].filter((name) => alerts[name] > 0)
      .map((name) => `${alerts[name]} ${name}`).join(", ");
    const people = [incident.lead && ["leads", data(incident.lead)], incident.acknowledged_by && ["taken by", data(incident.acknowledged_by)],
      ["paged", incident.escalation_step ? `${incident.escalation_step} of the policy's steps` : "nobody"]];
    const facts = [
      ["state", phase(incident.phase)], ["severity", severity(incident.severity)],
      ["opened", incident.opened_at && exactly(incident.opened_at)], ["resolved", incident.resolved_at && exactly(incident.resolved_at)],
      ["alerts", counted || "none"], ["rule", data(incident.rule)],
      ["belongs to", incident.parent && data(incident.parent)], ["events", link(String(incident.events), `/incidents/${incident.number}`)],
    ];
    return [
      el("h2", {}, "People"), list(people.filter(Boolean)),
      el("h2", {}, "Incident"), list(facts.filter(([, value]) => value)),
      el("h2", {}, "Labels"), list(Object.entries(incident.labels ?? {}).map(([name, value]) => [name, data(value)])),
    ];
  }
}

const list = (pairs) => el("dl", { class: "facts" }, pairs.map(([name, value]) => [el("dt", {}, data(name)), el("dd", {}, value)]));
