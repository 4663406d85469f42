// Times as people read them: local zone on the page, UTC in the title.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const REFRESH_MS = 30_000;

const utc = (at) => `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** How long ago, in one unit. */
export function ago(at, now = Date.now()) {
  const past = Math.max(0, Math.round((now - at) / 1000));
  if (past < 10) return "now";
  if (past < 60) return `${past} s`;
  if (past < 3600) return `${Math.floor(past / 60)} min`;
  if (past < 172_800) return `${Math.floor(past / 3600)} h`;
  return `${Math.floor(past / 86_400)} d`;
}

/** Hours and minutes, with the day when it is not today's. */
export function clockText(at, format = clock) {
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? format.format(at) : `${day.format(at)}, ${format.format(at)}`;
}

function tag(iso, text, ofAge) {
  const at = new Date(iso ?? NaN);
  if (Number.isNaN(at.getTime())) return document.createTextNode("");
  const element = document.createElement("time");
  element.dateTime = iso;
  element.title = `${seconds.format(at)} here, ${utc(at)}`;
  element.textContent = text(at);
  if (ofAge) element.dataset.ago = "";
  return element;
}

/** The time of the day. */
export const when = (iso) => tag(iso, (at) => clockText(at), false);

/** The time of the day to the second. */
export const exactly = (iso) => tag(iso, (at) => clockText(at, seconds), false);

/** How long ago; kept fresh while it is on the page. */
export const since = (iso) => tag(iso, (at) => ago(at), true);

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-ago]")) {
    const text = ago(new Date(element.dateTime));
    if (element.textContent !== text) element.textContent = text;
  }
}, REFRESH_MS);
