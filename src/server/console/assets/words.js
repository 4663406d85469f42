// What states and severities are called: a symbol, a word and a colour's name for each, so that
// nothing is said by colour alone.

import { el, data, symbol } from "./dom.js";

const PHASES = {
  triggered: ["▲", "Firing", "bad"],
  acknowledged: ["◆", "Taken", "busy"],
  resolved: ["✓", "Resolved", "good"],
  closed: ["○", "Closed", "calm"],
  merged: ["→", "Merged", "calm"],
};

const ALERTS = {
  firing: ["▲", "Firing", "bad"],
  held: ["‖", "Held back", "calm"],
  resolved: ["✓", "Resolved", "good"],
  stale: ["?", "Stale", "calm"],
};

const RUNS = {
  requested: ["…", "Asked for", "calm"],
  asking: ["?", "Waits for approval", "busy"],
  claiming: ["‖", "Waits for its target", "busy"],
  running: ["▶", "Running", "busy"],
  stuck: ["▲", "Needs a decision", "bad"],
  succeeded: ["✓", "Helped", "good"],
  failed: ["▲", "Failed", "bad"],
  undone: ["←", "Taken back", "calm"],
  undo_failed: ["▲", "Taking back failed", "bad"],
  stopped: ["■", "Stopped", "calm"],
  denied: ["–", "Denied", "calm"],
  expired: ["○", "Expired", "calm"],
  refused: ["–", "Refused", "calm"],
  shown: ["○", "Shown only", "calm"],
};

const STEPS = {
  running: ["▶", "Running", "busy"],
  done: ["✓", "Done", "good"],
  failed: ["▲", "Failed", "bad"],
  skipped: ["–", "Left out", "calm"],
  unknown: ["?", "Nobody knows", "bad"],
};

const LEVELS = { sev1: 1, critical: 1, page: 1, sev2: 2, error: 2, major: 2, high: 2, sev3: 3, warning: 3 };
const LEVEL_SYMBOLS = { 1: "!!!", 2: "!!", 3: "!", 4: "·" };

const mark = ([sign, word, tone]) => el("span", { class: "state", data: { tone } }, symbol(sign), word);

/** Where an incident stands. */
export const phase = (name) => mark(PHASES[name] ?? ["·", name, "calm"]);

/** Where an alert stands. */
export const alertState = (name) => mark(ALERTS[name] ?? ["·", name, "calm"]);

/** Where a run stands: a word, or how it is over. */
export const runPhase = (phase) => mark(RUNS[typeof phase === "string" ? phase : phase?.over] ?? ["·", "Unknown", "calm"]);

/** How a step of a run stands; one that was not reached has no mark. */
export const stepMark = (name) => mark(STEPS[name] ?? ["·", "Not begun", "calm"]);

/** Whether anybody is on call. */
export const onDuty = (isCovered) => mark(isCovered ? ["✓", "On call", "good"] : ["▲", "Nobody", "bad"]);

/** Whether a ticket is open. */
export const ticketState = (name) => mark(name === "open" ? ["●", "Open", "busy"] : ["✓", "Closed", "calm"]);

/** Whether a silence holds. */
export const silenceState = (name) =>
  mark({ active: ["‖", "Active", "busy"], pending: ["…", "Not begun", "calm"] }[name] ?? ["○", "Ended", "calm"]);

/** Whether something is well. */
export const wellness = (isWell, word) => mark(isWell ? ["✓", word, "good"] : ["▲", word, "bad"]);

/** 1 is the worst. */
export const level = (severity) => LEVELS[String(severity).toLowerCase()] ?? 4;

/** How bad. */
export const severity = (name) =>
  el("span", { class: "severity", data: { level: level(name) } }, symbol(LEVEL_SYMBOLS[level(name)]), data(name));
