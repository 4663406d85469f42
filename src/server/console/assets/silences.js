// Silences: what is quiet now, until when and why; ending one; adding one.

import { get, post, remove } from "./api.js";
import { el, data, button, empty, failure } from "./dom.js";
import { silenceState } from "./words.js";
import { when } from "./time.js";

const DURATIONS = [["30", "30 minutes"], ["60", "1 hour"], ["120", "2 hours"], ["480", "8 hours"], ["1440", "1 day"], ["10080", "1 week"]];

export function show(main, { live, title, who }) {
  title("Silences");
  live.follow(null);
  const list = el("ul", { class: "rows" });
  const said = el("div", { role: "status" });
  const load = async () => {
    const all = await get("/api/v2/silences");
    const now = all.filter(({ status }) => status.state !== "expired");
    list.replaceChildren(...now.map((silence) => row(silence, load, said)));
    said.replaceChildren(...(now.length ? [] : [empty("Nothing is silenced.")]));
  };
  main.replaceChildren(el("div", { class: "page" },
    el("div", { class: "page-head" }, el("h1", {}, "Silences")), said, list, form(load, who)));
  return { ready: load(), again: load };
}

const matcher = ({ name, value, isRegex, isEqual }) =>
  `${name}${isEqual === false ? "!" : "="}${isRegex ? "~" : isEqual === false ? "=" : ""}"${value}"`;

function row(silence, load, said) {
  const end = button("End now", async () => {
    end.disabled = true;
    try {
      await remove(`/api/v2/silence/${encodeURIComponent(silence.id)}`);
      await load();
    } catch (error) {
      end.disabled = false;
      said.replaceChildren(failure(error));
    }
  });
  return el("li", { class: "alert", data: { row: "" }, tabindex: "-1" },
    el("p", { class: "row-title" }, silenceState(silence.status.state), "until ", when(silence.endsAt)),
    el("p", {}, silence.matchers.map((one) => el("code", { class: "matcher" }, data(matcher(one))))),
    el("p", { class: "clamp" }, data(silence.comment), " (", data(silence.createdBy), ")"),
    el("p", { class: "row-links" }, end));
}

/** `a="b", c=~"d"` in Alertmanager's words. */
export function matchers(text) {
  const pattern = /\s*([a-zA-Z_:][\w:]*)\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/y;
  const found = [];
  while (pattern.lastIndex < text.length) {
    const hit = pattern.exec(text);
    if (!hit) return null;
    const [, name, operator, quoted, bare] = hit;
    const value = quoted === undefined ? bare : quoted.replace(/\\(.)/g, (_, one) => (one === "n" ? "\n" : one));
    found.push({ name, value, isRegex: operator.endsWith("~"), isEqual: !operator.startsWith("!") });
  }
  return found.length ? found : null;
}

function form(load, who) {
  const wanted = el("input", { id: "matchers", required: true, placeholder: 'service="cms", env=~"prod|staging"', autocomplete: "off", spellcheck: "false", data: { slash: "" } });
  const minutes = el("select", { id: "minutes" }, DURATIONS.map(([value, text]) => el("option", { value, selected: value === "120" }, text)));
  const comment = el("input", { id: "why", required: true, maxlength: "1000", autocomplete: "off" });
  const said = el("div", { role: "status" });
  const send = async (event) => {
    event.preventDefault();
    const all = matchers(wanted.value);
    if (!all) return said.replaceChildren(failure(new Error('Matchers are written like service="cms", env=~"prod|staging". Nothing was changed.')));
    const startsAt = new Date();
    const endsAt = new Date(startsAt.getTime() + Number(minutes.value) * 60_000);
    try {
      const { name } = await who;
      await post("/api/v2/silences", { matchers: all, startsAt, endsAt, comment: comment.value, createdBy: name || "console" });
      event.target.reset();
      said.replaceChildren();
      await load();
    } catch (error) {
      said.replaceChildren(failure(error));
    }
  };
  return el("form", { class: "stacked", on: { submit: send } },
    el("h2", {}, "New silence"),
    el("label", { for: "matchers" }, "Which alerts"), wanted,
    el("label", { for: "minutes" }, "For how long"), minutes,
    el("label", { for: "why" }, "Why"), comment,
    el("button", { class: "primary" }, "Silence"), said);
}
