// One graph on a page of its own: large, with its command, its words and its values.

import { get } from "./api.js";
import { el, data } from "./dom.js";
import { image, sources } from "./picture.js";

const NAMELESS = { alt: "A graph. Its values are in the CSV below.", command: "" };

export function show(main, { live, title }, id) {
  title("Graph");
  live.follow(null);
  const query = new URLSearchParams(location.search);
  const [room, n] = [query.get("room"), Number(query.get("n"))];
  const draw = ({ alt, command }) => main.replaceChildren(el("div", { class: "page graph" },
    el("div", { class: "page-head" }, el("h1", {}, command ? el("code", {}, data(command)) : "Graph")),
    el("figure", {}, image({ id, alt }, "large"), el("figcaption", {}, data(alt))),
    el("p", { class: "buttons" }, ...sources(id),
      room && el("a", { href: `/rooms/${encodeURIComponent(room)}#n${n}` }, "Where it was posted"))));
  return { ready: posted(id, room, n).then(draw) };
}

/** What the picture was posted with, if the address says where. */
async function posted(id, room, n) {
  if (!room || !n) return NAMELESS;
  try {
    const { entries } = await get(`/api/v1/rooms/${encodeURIComponent(room)}/entries?from=${n}&max=1`);
    return entries.map(({ post }) => post.picture).find((picture) => picture?.id === id) ?? NAMELESS;
  } catch {
    return NAMELESS;
  }
}
