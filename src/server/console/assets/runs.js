// Runs of runbooks: the list, one run with its steps and what may be done about it, and the panel of
// an incident.

import { get, newKey, post } from "./api.js";
import { el, data, link, button, empty, failure } from "./dom.js";
import { body } from "./entries.js";
import { runPhase, stepMark } from "./words.js";
import { exactly, since } from "./time.js";

const SOON_MS = 400;
/** While a run is under way: its steps are told to nobody who does not watch its room. */
const LOOK_MS = 3000;
const MOST = 100;

export function list(main, { live, title }) {
  title("Runs");
  live.follow(null);
  const rows = el("ul", { class: "rows" });
  const said = el("div", { role: "status" });
  const load = async () => {
    const { runs } = await get(`/api/v1/runs?max=${MOST}`);
    rows.replaceChildren(...runs.map(row));
    said.replaceChildren(...(runs.length ? [] : [empty("No runbook has run yet. Type runbooks in a room to see what there is.")]));
  };
  main.replaceChildren(el("div", { class: "page" }, el("div", { class: "page-head" }, el("h1", {}, "Runs")), said, rows));
  return watched(load, () => true);
}

export function show(main, { live, title }, number) {
  title(`Run ${number}`);
  live.follow(null);
  const answers = el("div", { role: "status" });
  const place = el("div");
  let isOver = false;
  const load = async () => {
    const run = await get(`/api/v1/runs/${encodeURIComponent(number)}`);
    isOver = typeof run.phase !== "string";
    if (!place.contains(document.activeElement) || !place.firstChild) place.replaceChildren(...about(run, tell));
  };
  // Pressing the same button once more after a broken connection is one wish.
  const tell = async (line, key = newKey()) => {
    try {
      const { post: said } = await post("/api/v1/commands", { line, room: null }, { "Idempotency-Key": key });
      answers.replaceChildren(...body(said, { room: null }));
      document.activeElement?.blur();
      await load();
    } catch (error) {
      answers.replaceChildren(failure(error, () => tell(line, key)));
    }
  };
  main.replaceChildren(el("div", { class: "page run" },
    el("div", { class: "page-head" }, el("a", { class: "back", href: "/runs" }, "Runs"), el("h1", {}, `Run ${number}`)), place, answers));
  return watched(load, () => !isOver);
}

/** The panel of an incident: what was run for it, the newest first. */
export function ofIncident(number) {
  const panel = el("section", { class: "runs", "aria-label": "Runs" });
  const load = async () => {
    try {
      const { runs } = await get(`/api/v1/runs?incident=${number}&max=${MOST}`);
      panel.replaceChildren(runs.length ? el("ul", { class: "rows" }, runs.map(row)) : empty("Nothing was run for this incident."));
    } catch (error) {
      panel.replaceChildren(failure(error, load));
    }
  };
  panel.opened = load;
  panel.changed = () => { if (panel.dataset.opened) load(); };
  return panel;
}

/** Loads anew when an incident moves, and now and then while something is under way. */
function watched(load, isMoving) {
  let soon = null;
  const quietly = () => load().catch(() => {});
  const beat = setInterval(() => { if (isMoving() && document.visibilityState === "visible") quietly(); }, LOOK_MS);
  return {
    ready: load(),
    incidents: () => { soon ??= setTimeout(() => { soon = null; quietly(); }, SOON_MS); },
    again: quietly,
    close: () => { clearInterval(beat); clearTimeout(soon); },
  };
}

const row = (run) => el("li", {},
  el("a", { class: "row", href: `/runs/${run.number}`, data: { row: "" } },
    el("span", { class: "row-state" }, runPhase(run.phase)),
    el("span", { class: "row-main" }, el("span", { class: "row-title" },
      el("span", { class: "number" }, String(run.number)), data(`${run.runbook} ${run.target}`, { class: "clip" }))),
    el("span", { class: "row-facts" }, run.incident && el("span", {}, `incident #${run.incident}`),
      el("span", {}, "asked by ", data(run.by)), since(run.asked_at))));

function about(run, tell) {
  const facts = [
    ["state", runPhase(run.phase)], ["runbook", data(run.runbook)], ["target", data(run.target)],
    ["incident", run.incident && link(`#${run.incident}`, `/rooms/${run.incident}`)],
    ["asked by", data(run.by)], ["asked", exactly(run.asked_at)],
    ["agreed", run.approved_by.length > 0 && data(run.approved_by.join(", "))],
    ["began", run.started_at && exactly(run.started_at)], ["ended", run.ended_at && exactly(run.ended_at)],
    ["plan", el("code", {}, data(run.plan.slice(0, 12)))],
  ];
  return [
    el("div", { class: "entry" }, body(run.post, { room: null, run: tell })),
    el("section", {}, el("h2", {}, "Steps"), steps(run.steps)),
    el("section", {}, el("h2", {}, "About it"),
      el("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))),
  ];
}

const steps = (all) => el("ol", { class: "rows steps" }, all.map((step) => el("li", { class: "alert", tabindex: "-1", data: { row: "" } },
  el("p", { class: "row-title" }, stepMark(step.mark), data(step.name, { class: "strong" }), step.is_undo && el("span", { class: "tag" }, "takes back"),
    step.began_at && el("span", { class: "help" }, exactly(step.began_at), step.ended_at && [" to ", exactly(step.ended_at)])),
  el("p", {}, data(step.does)), step.word && el("p", { class: "help" }, data(step.word)))));
