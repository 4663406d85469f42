// Every picture of a room, the newest first.

import { el, empty } from "./dom.js";
import { picture } from "./picture.js";

/** The panel: `show` takes entries as they come, in any order. */
export function graphs() {
  const list = el("ul", { class: "pictures" });
  const nothing = empty("No graph yet. Type: graph");
  const panel = el("section", { "aria-label": "Graphs" }, nothing, list);
  const waiting = [];
  const add = ({ n, post }, room) => {
    const item = el("li", { data: { n } }, picture(post.picture, { room, n }));
    const after = [...list.children].find((other) => Number(other.dataset.n) < n);
    list.insertBefore(item, after ?? null);
  };
  panel.show = (entries, room) => {
    const fresh = entries.filter(({ post }) => post.picture);
    if (fresh.length) nothing.hidden = true;
    // Pictures cost: they are fetched when somebody looks.
    if (panel.dataset.opened) fresh.forEach((entry) => add(entry, room));
    else waiting.push(...fresh.map((entry) => [entry, room]));
  };
  panel.opened = () => waiting.splice(0).forEach(([entry, room]) => add(entry, room));
  return panel;
}
