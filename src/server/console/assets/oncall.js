// Who is on call: now, next, and the shifts of the coming weeks; standing in for somebody.

import { get, newKey, post } from "./api.js";
import { el, data, empty, failure } from "./dom.js";
import { body } from "./entries.js";
import { onDuty } from "./words.js";
import { when } from "./time.js";

const DAYS = 14;
const HOURS = [["1h", "1 hour"], ["2h", "2 hours"], ["4h", "4 hours"], ["8h", "8 hours"], ["12h", "12 hours"], ["24h", "1 day"]];

export function show(main, { live, title }) {
  title("On call");
  live.follow(null);
  const place = el("div");
  const load = async () => {
    const { schedules } = await get("/api/v1/oncall");
    const all = await Promise.all(schedules.map(async (one) => [one, await get(`/api/v1/schedules/${encodeURIComponent(one.schedule)}/shifts?days=${DAYS}`)]));
    // A form that somebody fills in stays.
    if (place.contains(document.activeElement)) return;
    place.replaceChildren(...(all.length ? all.map(([one, { shifts }]) => schedule(one, shifts, load))
      : [empty("No [[schedule]] says who is on call. Write one, or take yours along: warroom import.")]));
  };
  main.replaceChildren(el("div", { class: "page oncall" }, el("div", { class: "page-head" }, el("h1", {}, "On call")), place));
  return { ready: load(), again: () => load().catch(() => {}), incidents: () => {} };
}

const people = (names) => (names.length ? data(names.join(", "), { class: "strong" }) : el("span", {}, "nobody"));

function schedule(one, shifts, load) {
  const id = `schedule-${one.schedule}`;
  return el("section", { class: "duty", "aria-labelledby": id },
    el("h2", { id }, data(one.schedule)),
    el("p", { class: "row-title verdict" }, onDuty(one.people.length > 0), people(one.people),
      one.stands_in && el("span", { class: "tag" }, "stands in"), one.until && el("span", { class: "help" }, "until ", when(one.until))),
    one.shadows.length > 0 && el("p", { class: "help" }, "also hears: ", data(one.shadows.join(", "))),
    one.until && el("p", {}, "then ", people(one.next)),
    el("details", {}, el("summary", {}, `The next ${DAYS} days`), table(shifts)),
    el("p", { class: "help" }, `Time zone of the schedule: ${one.zone}; times here are yours. `,
      el("a", { href: `/api/v1/schedules/${encodeURIComponent(one.schedule)}.ics`, download: `${one.schedule}.ics` }, "As a calendar (ICS)")),
    form(one.schedule, load), el("div", { id: `said-${one.schedule}`, role: "status" }));
}

const table = (shifts) => el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "Shifts" },
  el("table", {}, el("thead", {}, el("tr", {}, ["From", "To", "Who"].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, shifts.map((shift) => el("tr", {}, el("td", {}, when(shift.from)), el("td", {}, when(shift.until)),
      el("td", {}, people(shift.people), shift.stands_in && [" ", el("span", { class: "tag" }, "stands in")]))))));

/** What is typed in a room does the same: the line is shown. */
function form(name, load) {
  const person = el("input", { id: `who-${name}`, value: "@me", required: true, maxlength: "64", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  const hours = el("select", { id: `for-${name}` }, HOURS.map(([value, text]) => el("option", { value }, text)));
  const said = (what) => document.getElementById(`said-${name}`)?.replaceChildren(...what);
  const key = { line: "", word: "" };
  const send = async (event) => {
    event.preventDefault();
    const line = `override ${name} ${person.value.trim()} ${hours.value}`;
    if (line !== key.line) Object.assign(key, { line, word: newKey() });
    try {
      const { post: answer } = await post("/api/v1/commands", { line, room: null }, { "Idempotency-Key": key.word });
      key.line = "";
      document.activeElement?.blur();
      await load();
      said(body(answer, { room: null }));
    } catch (error) {
      said([failure(error)]);
    }
  };
  return el("details", {}, el("summary", {}, "Somebody else stands in"),
    el("form", { class: "stacked", on: { submit: send } },
      el("label", { for: `who-${name}` }, "Who"), person,
      el("label", { for: `for-${name}` }, "From now, for"), hours,
      el("button", { class: "primary" }, "Stand in")));
}
