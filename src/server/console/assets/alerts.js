// The alerts of an incident, and for each the reason behind what became of it.

import { get } from "./api.js";
import { el, data, link, button, empty, failure } from "./dom.js";
import { alertState } from "./words.js";
import { since } from "./time.js";

const SHOWN = 200;

/** The panel of an incident: loads when it is first opened. */
export function alerts(number) {
  const panel = el("section", { "aria-label": "Alerts" });
  async function load() {
    try {
      const answer = await get(`/api/v1/incidents/${number}/alerts`);
      draw(answer.alerts ?? answer);
    } catch (error) {
      panel.replaceChildren(failure(error, load));
    }
  }
  function draw(all) {
    const list = el("ul", { class: "rows" }, all.slice(0, SHOWN).map(row));
    const rest = all.slice(SHOWN);
    const more = rest.length > 0 && button(`Show ${rest.length} more`, () => { list.append(...rest.map(row)); more.remove(); }, { class: "more" });
    panel.replaceChildren(...(all.length ? [list, more].filter(Boolean) : [empty("No alert belongs to this incident now.")]));
  }
  panel.opened = load;
  panel.changed = () => { if (panel.dataset.opened) load(); };
  return panel;
}

function row(alert) {
  const said = alert.annotations?.summary ?? alert.annotations?.description;
  const name = alert.labels?.alertname ?? alert.fingerprint;
  const why = el("div", { role: "status" });
  return el("li", { class: "alert", data: { row: "" }, tabindex: "-1" },
    el("p", { class: "row-title" }, alertState(alert.status), data(name, { class: "strong" }), since(alert.starts_at)),
    said && el("p", { class: "clamp" }, data(said)),
    labels(alert.labels ?? {}),
    el("p", { class: "row-links" },
      alert.generator_url && link("Source", alert.generator_url),
      button("Why?", () => explain(alert.fingerprint, why), { class: "quiet" })),
    why);
}

/** Labels as a list; alertname is the title already. */
export const labels = (all) => el("ul", { class: "labels" },
  Object.entries(all).filter(([name]) => name !== "alertname")
    .map(([name, value]) => el("li", {}, data(name, { class: "label-name" }), " ", data(value, { class: "label-value" }))));

async function explain(fingerprint, place) {
  try {
    const { answer, verdicts } = await get(`/api/v1/why?fingerprint=${encodeURIComponent(fingerprint)}`);
    place.replaceChildren(el("p", {}, data(answer)), el("ul", { class: "verdicts" }, verdicts.map((one) => el("li", {}, data(one)))));
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}
