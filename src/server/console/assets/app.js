// Puts the parts together: which view a path shows, who is here, and what the stream says.

import { me } from "./api.js";
import { button, failure } from "./dom.js";
import { listen, showKeys } from "./keys.js";
import { Live } from "./live.js";
import { Side } from "./side.js";
import { isDark, toggle } from "./look.js";
import { ago, clockText } from "./time.js";
import { show as incidents } from "./incidents.js";
import { show as room } from "./room.js";
import { list as runs, show as run } from "./runs.js";
import { show as oncall } from "./oncall.js";
import { show as graph } from "./graph.js";
import { show as tickets } from "./tickets.js";
import { show as ticket } from "./ticket.js";
import { show as silences } from "./silences.js";
import { show as health } from "./health.js";

const VIEWS = [
  [/^\/$/, incidents, "/"],
  [/^\/(?:rooms|incidents)\/([^/]+)$/, room, "/"],
  [/^\/graphs\/([^/]+)$/, graph, "/"],
  [/^\/runs$/, runs, "/runs"],
  [/^\/runs\/([0-9]+)$/, run, "/runs"],
  [/^\/oncall$/, oncall, "/oncall"],
  [/^\/tickets$/, tickets, "/tickets"],
  [/^\/tickets\/([^/]+)$/, ticket, "/tickets"],
  [/^\/silences$/, silences, "/silences"],
  [/^\/health$/, health, "/health"],
];

const main = document.getElementById("main");
const banner = document.getElementById("link");
let view = {};

const live = new Live({
  entry: (entry) => view.entry?.(entry),
  incidents: (hint) => { side.soon(); view.incidents?.(hint); },
  again: () => { side.soon(); view.again?.(); },
  lost, found,
});
const side = new Side(document.getElementById("side"));
const who = me().catch((error) => ({ name: "", known: false, teams: [], via: null, error }));

/** What every view gets. */
const context = { live, who, side, go, title: (text) => { document.title = `${text} · warroom`; } };

async function open() {
  view.close?.();
  const path = location.pathname;
  const found = VIEWS.find(([pattern]) => pattern.test(path));
  document.querySelectorAll(".places a").forEach((place) => {
    place.toggleAttribute("aria-current", place.getAttribute("href") === found?.[2]);
  });
  if (!found) return main.replaceChildren(failure(new Error("There is no such page here.")));
  const [pattern, show] = found;
  const parts = pattern.exec(path).slice(1).map(decodeURIComponent);
  side.mark(path);
  const mine = (view = show(main, context, ...parts));
  try {
    await mine.ready;
  } catch (error) {
    if (view === mine) main.replaceChildren(failure(error, open));
  }
}

/** Opens a path without loading the page anew. */
function go(path) {
  history.pushState(null, "", path);
  open().then(() => main.focus({ preventScroll: true }));
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href]");
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!anchor || !isPlain || event.defaultPrevented || anchor.target || anchor.hasAttribute("download")) return;
  const url = new URL(anchor.href);
  const isOurs = url.origin === location.origin && VIEWS.some(([pattern]) => pattern.test(url.pathname));
  const isHere = url.pathname + url.search === location.pathname + location.search && url.hash !== "";
  if (!isOurs || isHere) return;
  event.preventDefault();
  go(url.pathname + url.search + url.hash);
});
addEventListener("popstate", () => open());
addEventListener("hashchange", () => view.anchor?.());

function found() {
  banner.hidden = true;
  // The session may be another one by now.
  me().catch(() => {});
}

function lost(heardAt, failures) {
  const at = new Date(heardAt);
  banner.hidden = false;
  banner.replaceChildren(
    `Connection lost, trying again. What you see is from ${clockText(at)} (${ago(at)} old). `,
    button("Try now", () => live.now()),
  );
  // A stream cannot say that the session is over; a question can.
  if (failures === 2) me().catch(() => {});
}

const themeButton = document.getElementById("theme");
const nameTheme = () => {
  themeButton.textContent = isDark() ? "Light" : "Dark";
  themeButton.title = isDark() ? "Change to the light theme" : "Change to the dark theme";
};
themeButton.addEventListener("click", () => { toggle(); nameTheme(); });
addEventListener("warroom-look", nameTheme);
nameTheme();

document.getElementById("keys").addEventListener("click", showKeys);
listen(go);
who.then(({ name, via }) => {
  document.getElementById("who").textContent = name;
  document.getElementById("leave").hidden = via !== "console";
});
side.load();
open();
