// A graph in a room: drawn by the server for the page's theme and the screen's sharpness.

import { el, button, data } from "./dom.js";
import { isDark } from "./look.js";

const WIDE = { width: 640, height: 320 };
const NARROW = { width: 360, height: 240 };
const LARGE = { width: 1200, height: 600 };

const narrow = matchMedia("(max-width: 600px)");
const path = (id) => `/api/v1/pictures/${encodeURIComponent(id)}`;

const address = (id, { width, height }, scale) =>
  `${path(id)}?${new URLSearchParams({ theme: isDark() ? "dark" : "light", width, height, scale })}`;

function draw(image) {
  const { id } = image.dataset;
  const size = image.dataset.size === "large" && !narrow.matches ? LARGE : narrow.matches ? NARROW : WIDE;
  Object.assign(image, size);
  image.srcset = `${address(id, size, 1)} 1x, ${address(id, size, 2)} 2x`;
  image.src = address(id, size, 1);
}

addEventListener("warroom-look", () => document.querySelectorAll("img[data-id]").forEach(draw));

/** The picture itself, with its words where it cannot be had. */
export function image({ id, alt }, size = "normal") {
  const element = el("img", { alt, loading: "lazy", decoding: "async", data: { id, size } });
  element.addEventListener("error", () => {
    element.replaceWith(el("p", { class: "failure" }, "The picture could not be drawn. ", data(alt)));
  }, { once: true });
  draw(element);
  return element;
}

/** Where the values behind a picture are. */
export const sources = (id) => [
  el("a", { href: `${path(id)}?format=csv`, download: `${id}.csv` }, "CSV"),
  el("a", { href: `${path(id)}?format=svg`, download: `${id}.svg` }, "SVG"),
];

/** A picture of a message: a click enlarges it, its link is its own page. */
export function picture(shown, { room, n }) {
  const where = n ? `?${new URLSearchParams({ room, n })}` : "";
  const page = `/graphs/${encodeURIComponent(shown.id)}${where}`;
  const enlarge = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    large(shown, page);
  };
  return el("figure", {},
    el("a", { href: page, class: "picture", on: { click: enlarge } }, image(shown)),
    el("figcaption", {}, el("code", {}, data(shown.command))));
}

function large(shown, page) {
  const dialog = document.getElementById("dialog");
  dialog.className = "enlarged";
  dialog.replaceChildren(
    el("h2", { id: "dialog-title" }, el("code", {}, data(shown.command))),
    image(shown, "large"),
    el("p", {}, data(shown.alt)),
    el("div", { class: "buttons" }, button("Close", () => dialog.close(), { autofocus: true }),
      el("a", { class: "button", href: page, on: { click: () => dialog.close() } }, "Its own page"), ...sources(shown.id)));
  dialog.showModal();
}
