// Keys that work everywhere. Typing in a field is never taken for a key.

import { el, button } from "./dom.js";

const KEYS = [
  ["j, k", "next, previous row or message"],
  ["Enter", "open the row"],
  ["/", "search, or the command line of a room"],
  ["1 to 7", "tabs of a room"],
  ["g i, g r, g c", "incidents, runs, on call"],
  ["g t, g s, g h", "tickets, silences, health"],
  ["Arrow up", "earlier commands, in the command line"],
  ["Tab", "complete a command, in the command line"],
  ["Esc", "leave a field, close a picture"],
  ["?", "these keys"],
];
const PLACES = { i: "/", r: "/runs", c: "/oncall", t: "/tickets", s: "/silences", h: "/health" };
const CHORD_MS = 1200;

const isTyping = (target) => target.matches?.("input, textarea, select, [contenteditable]");

/** Moves the focus among what may be walked through. */
function step(by) {
  const rows = [...document.querySelectorAll("main [data-row]")].filter((row) => row.offsetParent !== null);
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row === document.activeElement || row.contains(document.activeElement));
  // Lists are entered at their top, rooms at their newest message.
  const entry = rows[0].matches(".entry") ? rows.length - 1 : 0;
  const next = at === -1 ? entry : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

export function showKeys() {
  const dialog = document.getElementById("dialog");
  dialog.className = "keys";
  dialog.replaceChildren(
    el("h2", { id: "dialog-title" }, "Keys"),
    el("dl", {}, KEYS.flatMap(([keys, what]) => [el("dt", {}, el("kbd", {}, keys)), el("dd", {}, what)])),
    button("Close", () => dialog.close(), { autofocus: true }),
  );
  dialog.showModal();
}

/** Listens; `go` opens a path. */
export function listen(go) {
  let chord = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const isChord = Date.now() - chord < CHORD_MS;
    chord = 0;
    if (isChord && PLACES[event.key]) return go(PLACES[event.key]);
    switch (event.key) {
      case "j": case "ArrowDown": case "k": case "ArrowUp": {
        const isArrow = event.key.startsWith("Arrow");
        // Arrows scroll as ever until somebody walks through rows.
        if (isArrow && !document.activeElement?.closest("[data-row]")) return;
        event.preventDefault();
        return step(event.key === "j" || event.key === "ArrowDown" ? 1 : -1);
      }
      case "/": {
        const field = document.querySelector("main [data-slash]");
        if (!field) return;
        event.preventDefault();
        return field.focus();
      }
      case "?": return showKeys();
      case "g": chord = Date.now(); return;
      default: {
        if (!/^[1-9]$/.test(event.key)) return;
        document.querySelectorAll("[role=tab]")[Number(event.key) - 1]?.click();
      }
    }
  });
}
