// One message as elements: text, table, picture, buttons. Everything in it is a stranger's data.

import { el, data, button, symbol } from "./dom.js";
import { picture } from "./picture.js";
import { exactly, when } from "./time.js";

const LINES_SHOWN = 14;
const CHARS_SHOWN = 1600;
const ROWS_SHOWN = 30;
const SURE_MS = 4000;
/** Columns made of blanks need letters of one width. */
const ALIGNED = /\S {2,}\S|^ {2,}\S/m;

/** An entry of a room's log; `run` types a command. */
export function entry({ n, at, by, post }, { room, run, tag }) {
  const isPerson = by.kind === "person";
  const item = el("li", { class: "entry", tabindex: "-1", data: { row: "", by: by.kind } });
  if (n) item.id = `n${n}`;
  item.append(
    el("p", { class: "entry-head" },
      isPerson ? data(by.name, { class: "author" }) : el("span", { class: "author" }, "warroom"),
      n ? el("a", { class: "stamp", href: `#n${n}`, "aria-label": "Link to this message" }, when(at)) : exactly(at),
      tag && el("span", { class: "tag" }, tag)),
    ...body(post, { room, n, run, isTyped: isPerson }));
  return item;
}

/** What a post holds, without who said it. */
export function body(post, { room, n, run, isTyped = false }) {
  const parts = [];
  // A table and a picture are told in the text as well, below its first line.
  const told = post.table ? post.text.split("\n", 1)[0] : post.text;
  if (told) parts.push(folded(isTyped ? el("p", { class: "typed" }, data(told)) : answer(told), told));
  if (post.table) parts.push(table(post.table));
  if (post.picture) parts.push(picture(post.picture, { room, n }));
  if (post.buttons?.length && run) parts.push(buttons(post.buttons, run));
  return parts;
}

/** Text with its first line as the answer. */
function answer(whole) {
  const [first, ...rest] = whole.split("\n");
  return el("div", { class: "text" }, el("p", { class: "answer" }, data(first)),
    rest.length > 0 && el("p", { class: ALIGNED.test(rest.join("\n")) ? "rest aligned" : "rest" }, data(rest.join("\n"))));
}

/** The same, folded where it is long. */
function folded(place, whole) {
  if (whole.length <= CHARS_SHOWN && whole.split("\n").length <= LINES_SHOWN) return place;
  place.classList.add("folded");
  const open = button("Show all", () => {
    const isFolded = place.classList.toggle("folded");
    open.textContent = isFolded ? "Show all" : "Show less";
    open.setAttribute("aria-expanded", String(!isFolded));
  }, { class: "fold", "aria-expanded": "false" });
  return el("div", {}, place, open);
}

function table({ columns, rows, more }) {
  const line = (cells) => el("tr", {}, cells.map((cell) => el("td", {}, data(cell))));
  const rest = rows.slice(ROWS_SHOWN);
  const inside = el("tbody", {}, rows.slice(0, ROWS_SHOWN).map(line));
  const open = rest.length > 0 && button(`Show ${rest.length} more rows`, () => {
    inside.append(...rest.map(line));
    open.remove();
  }, { class: "fold" });
  return el("div", {},
    el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": `Table: ${columns.join(", ")}` },
      el("table", {},
        el("thead", {}, el("tr", {}, columns.map((name) => el("th", { scope: "col" }, data(name))))), inside)),
    open,
    more > 0 && el("p", { class: "help" }, `and ${more} more that are not here`));
}

/** Buttons that type their command. What cannot be taken back asks once more. */
export function buttons(all, run) {
  return el("div", { class: "buttons", role: "group", "aria-label": "What you may do" }, all.map((one) => {
    const click = async () => {
      if (one.style === "danger" && !pressed.dataset.sure) return makeSure(pressed, one);
      pressed.disabled = true;
      pressed.setAttribute("aria-busy", "true");
      try {
        await run(one.command);
      } finally {
        pressed.disabled = false;
        pressed.removeAttribute("aria-busy");
      }
    };
    const pressed = button(data(one.label), click, { class: one.style ?? "normal", title: one.command, data: { command: one.command } });
    return pressed;
  }));
}

function makeSure(pressed, { label }) {
  pressed.dataset.sure = "yes";
  pressed.replaceChildren("Really: ", data(label), "?");
  setTimeout(() => {
    delete pressed.dataset.sure;
    pressed.replaceChildren(data(label));
  }, SURE_MS);
}

/** A line that is on its way, or did not arrive. */
export function waiting(line) {
  const state = el("p", { class: "sending" }, symbol("…"), "sending");
  const item = el("li", { class: "entry", data: { by: "person" } }, el("p", { class: "typed" }, data(line)), state);
  return { item, state };
}
