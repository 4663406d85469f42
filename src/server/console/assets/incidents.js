// The list of incidents: open, mine or all, with a search. It stays where the reader is when
// something changes: rows are replaced, the focus is kept.

import { get } from "./api.js";
import { el, data, button, empty, failure } from "./dom.js";
import { phase, severity } from "./words.js";
import { since } from "./time.js";

const PAGE = 100;
const SEARCH_MS = 250;
const SOON_MS = 400;
const STATES = [["open", "Open"], ["mine", "Mine"], ["all", "All"]];
const NOTHING = {
  open: "Nothing is burning. New incidents appear here by themselves.",
  mine: "You have not taken any incident.",
  all: "There has been no incident yet.",
};

export function show(main, { live, go, title }) {
  title("Incidents");
  live.follow(null);
  const query = new URLSearchParams(location.search);
  const state = STATES.some(([name]) => name === query.get("state")) ? query.get("state") : "open";
  const search = el("input", {
    type: "search", id: "search", value: query.get("q") ?? "", placeholder: "Search (/)", "aria-label": "Search incidents",
    autocomplete: "off", spellcheck: "false", data: { slash: "" },
  });
  const list = el("ul", { class: "rows incidents" });
  const more = button("Older incidents", () => load(next), { class: "more", hidden: true });
  const said = el("div", { role: "status" });
  let [next, timer, typing, asked] = [null, null, null, 0];

  const address = (name) => {
    const wanted = new URLSearchParams({ ...(name !== "open" && { state: name }), ...(search.value && { q: search.value }) });
    return wanted.size ? `/?${wanted}` : "/";
  };
  const tabs = el("nav", { class: "filters", "aria-label": "Which incidents" }, STATES.map(([name, word]) =>
    el("a", { href: address(name), "aria-current": name === state ? "true" : null }, word)));

  async function load(before = null) {
    const mine = ++asked;
    const wanted = new URLSearchParams({ state, max: String(PAGE) });
    if (search.value.trim()) wanted.set("q", search.value.trim());
    if (before !== null) wanted.set("before", before);
    let page;
    try {
      page = await get(`/api/v1/incidents?${wanted}`);
    } catch (error) {
      return said.replaceChildren(failure(error, () => load(before)));
    }
    if (mine !== asked) return;
    next = page.next ?? null;
    more.hidden = next === null;
    const rows = page.incidents.map(row);
    if (before === null) replace(rows); else list.append(...rows);
    const text = search.value.trim() ? `No incident fits “${search.value.trim()}”.` : NOTHING[state];
    said.replaceChildren(...(list.children.length ? [] : [empty(text)]));
  }

  function replace(rows) {
    const focused = list.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    list.replaceChildren(...rows);
    if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      history.replaceState(null, "", address(state));
      tabs.querySelectorAll("a").forEach((tab, at) => { tab.href = address(STATES[at][0]); });
      load();
    }, SEARCH_MS);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") list.querySelector("a")?.focus();
  });

  main.replaceChildren(el("div", { class: "page" },
    el("div", { class: "page-head" }, el("h1", {}, "Incidents"), tabs, search), said, list, more));
  const soon = () => { timer ??= setTimeout(() => { timer = null; load(); }, SOON_MS); };
  return { ready: load(), incidents: soon, again: soon, close: () => { asked += 1; clearTimeout(timer); clearTimeout(typing); } };
}

function row(incident) {
  const labels = Object.entries(incident.labels ?? {}).map(([name, value]) => `${name} ${value}`).join(" · ");
  const firing = incident.alerts?.firing ?? 0;
  const by = incident.acknowledged_by;
  return el("li", {},
    el("a", { href: `/rooms/${incident.number}`, class: "row", data: { row: "" } },
      el("span", { class: "row-state" }, phase(incident.phase), severity(incident.severity)),
      el("span", { class: "row-main" },
        el("span", { class: "row-title" }, el("span", { class: "number" }, `#${incident.number}`), data(incident.title, { class: "clip" })),
        labels && data(labels, { class: "row-labels clip" })),
      el("span", { class: "row-facts" },
        el("span", {}, by ? ["taken by ", data(by)] : "nobody has it"),
        el("span", {}, `${firing} firing`),
        incident.opened_at && el("span", {}, since(incident.opened_at)))));
}
