// The card of an incident, pinned above its log and edited in place: the newest one counts.

import { el, data, link, symbol } from "./dom.js";
import { level, severity } from "./words.js";
import { buttons } from "./entries.js";
import { when } from "./time.js";

const FACTS_SHOWN = 3;

export class Card {
  /** The card that is shown. */
  shown = null;
  element = el("div", { class: "card", role: "region", "aria-label": "The incident now", "aria-live": "polite", tabindex: "-1", hidden: true });
  #n = 0;
  #from = Infinity;
  #run;

  constructor(run) {
    this.#run = run;
  }

  /** Shows an entry's card unless a newer one stands there. */
  show({ n, at, post }) {
    this.#from = Math.min(this.#from, n);
    if (n < this.#n || !post.card) return false;
    this.#n = n;
    this.shown = post.card;
    const held = this.#focused();
    this.element.hidden = false;
    this.element.dataset.level = level(post.card.severity);
    this.element.replaceChildren(...this.#parts(post, at));
    held?.();
    return true;
  }

  /** The card's element where an entry was one of its editions. */
  at(n) {
    return n >= this.#from ? this.element : undefined;
  }

  #parts({ card, buttons: all }, at) {
    const facts = card.facts.slice(0, FACTS_SHOWN);
    return [
      el("p", { class: "card-state" }, el("strong", {}, symbol([...card.symbol].slice(0, 2).join("")), data(card.state)), severity(card.severity),
        el("span", { class: "card-at" }, "as of ", when(at))),
      el("dl", { class: "card-facts" }, facts.map(({ name, value }) => el("div", {}, el("dt", {}, data(name)), el("dd", {}, data(value))))),
      card.links?.length ? el("p", { class: "card-links" }, card.links.map(({ text, url }) => link(text, url))) : null,
      all?.length ? buttons(all, this.#run) : null,
    ].filter(Boolean);
  }

  /** An edit must not take the focus from a button that is still there. */
  #focused() {
    const held = this.element.contains(document.activeElement) ? document.activeElement.dataset.command : undefined;
    if (held === undefined) return null;
    return () => (this.element.querySelector(`[data-command="${CSS.escape(held)}"]`) ?? this.element).focus({ preventScroll: true });
  }
}
