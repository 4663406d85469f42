// How warroom itself is, and who is on call now.

import { get, post } from "./api.js";
import { el, data, link, failure } from "./dom.js";
import { body } from "./entries.js";
import { wellness } from "./words.js";

export function show(main, { live, title }) {
  title("Health");
  live.follow(null);
  const place = el("div");
  const onCall = el("div", {}, el("p", { class: "loading" }, "Asking…"));
  const load = async () => place.replaceChildren(...told(await get("/api/v1/now")));
  const ask = async () => {
    try {
      const { post: said } = await post("/api/v1/commands", { line: "who is on call", room: null });
      onCall.replaceChildren(...body(said, { room: null }));
    } catch (error) {
      onCall.replaceChildren(failure(error, ask));
    }
  };
  ask();
  main.replaceChildren(el("div", { class: "page health" },
    el("div", { class: "page-head" }, el("h1", {}, "Health")), place,
    el("section", { "aria-labelledby": "on-call" }, el("h2", { id: "on-call" }, "Who is on call"), onCall)));
  return { ready: load(), again: load };
}

/** A value of any shape, in words. */
const words = (value) => (typeof value === "string" ? value
  : Object.entries(value ?? {}).map(([name, one]) => `${name}: ${typeof one === "object" ? JSON.stringify(one) : one}`).join(", "));

function told(now) {
  const [missing, warnings, metrics] = [now.missing ?? [], now.warnings ?? [], now.metrics ?? []];
  const isWell = missing.length === 0;
  const lines = (all) => el("ul", { class: "plain" }, all.map((one) => el("li", {}, data(words(one)))));
  return [
    el("p", { class: "verdict" }, wellness(isWell, isWell ? "Everything that is needed is there" : "Something is missing")),
    missing.length ? lines(missing) : null,
    section("Warnings", warnings.length ? lines(warnings) : el("p", {}, "None.")),
    section("Promise", el("p", {}, data([words(now.promise), now.meaning].filter(Boolean).join(": ")))),
    section("Brain", el("p", {}, data(words(now.brain ?? "away")))),
    section("Metrics", metrics.length ? el("ul", { class: "plain" }, metrics.map(({ name, ok, about }) =>
      el("li", {}, wellness(ok, ok ? "Answers" : "Does not answer"), " ", data(name, { class: "strong" }), " ", data(about)))) : el("p", {}, "No source of metrics is configured.")),
    section("Storm", el("p", {}, now.storm ? link(`#${now.storm.incident} ${now.storm.title}`, `/rooms/${now.storm.incident}`) : "None.")),
  ].filter(Boolean);
}

const section = (name, ...inside) => el("section", {}, el("h2", {}, name), ...inside);
