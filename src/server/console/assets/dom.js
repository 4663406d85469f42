// Builds elements. Every text becomes a text node: nothing here can read markup.

/** An element: `on` holds listeners, `data` data attributes; null, undefined and false are left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Text of strangers: isolated, so that right-to-left marks end where it ends. */
export const data = (text, attributes = {}) => el("bdi", attributes, String(text ?? ""));

/** A symbol that the word beside it says as well. */
export const symbol = (sign) => el("span", { class: "symbol", "aria-hidden": "true" }, sign);

/** Only addresses that cannot run anything: http, https, and paths on this server. */
export function safeUrl(url) {
  if (typeof url !== "string") return null;
  if (/^\/(?![/\\])/.test(url)) return url;
  try {
    const { protocol } = new URL(url);
    return protocol === "http:" || protocol === "https:" ? url : null;
  } catch {
    return null;
  }
}

/** A link, or its plain words when its address is not to be trusted. */
export function link(text, url, attributes = {}) {
  const href = safeUrl(url);
  if (href === null) return data(text);
  const away = href.startsWith("/") ? {} : { rel: "noopener noreferrer", target: "_blank" };
  return el("a", { href, ...away, ...attributes }, data(text));
}

/** A button of the page itself. */
export const button = (text, click, attributes = {}) =>
  el("button", { type: "button", on: { click }, ...attributes }, text);

/** What went wrong, in words, with a way to try again. */
export function failure(error, again) {
  return el("div", { class: "failure", role: "alert" },
    el("p", {}, error.message),
    again && button("Try again", again));
}

/** A list without anything in it says so. */
export const empty = (text) => el("p", { class: "empty" }, text);

const MARK_MS = 4000;

/** Shows what an address leads to. */
export function mark(item) {
  if (!item) return;
  item.scrollIntoView({ block: "center" });
  item.classList.add("marked");
  item.focus({ preventScroll: true });
  setTimeout(() => item.classList.remove("marked"), MARK_MS);
}
