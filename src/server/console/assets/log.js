// A room's log on the page. Entries only grow, and an edit is a later entry with the same slot, so
// that counting is enough: what was seen is not shown again, and nothing between can be missing.

import { el, button } from "./dom.js";
import { entry as draw } from "./entries.js";

const NEAR_END_PX = 80;
const CARD = "card";

export class Log {
  /** The number of the newest entry that was seen. */
  last = 0;
  /** The number of the oldest entry that is here; 1 when there is nothing older. */
  first = Infinity;
  #list = el("ol", { class: "entries" });
  #places = new Map(); // number → item
  #slots = new Map(); // slot → { item, n }
  #missed = 0;
  #sticks = true;
  #below = button("", () => this.toEnd(), { class: "below", hidden: true });
  #options;

  /** Options: room, run, older() loads what is before, card(entry) shows the card, grown(). */
  constructor(options) {
    this.#options = options;
    this.older = button("Earlier messages", options.older, { class: "more", hidden: true });
    this.scroller = el("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": "Messages", tabindex: "0" }, this.older, this.#list);
    this.scroller.addEventListener("scroll", () => {
      this.#sticks = this.#isNearEnd();
      if (this.#sticks) this.#seen();
    }, { passive: true });
    // Whoever is at the end stays there, whatever grows: pictures, an unfolded text, a smaller window.
    const stay = new ResizeObserver(() => this.#sticks && this.toEnd());
    stay.observe(this.#list);
    stay.observe(this.scroller);
    this.element = el("div", { class: "log-place" }, this.scroller, this.#below);
  }

  /** Entries that came after all others; those that are known are dropped. */
  add(entries) {
    const fresh = entries.filter(({ n }) => n > this.last);
    for (const one of fresh) {
      this.last = one.n;
      this.first = Math.min(this.first, one.n);
      this.#place(one, (item) => this.#list.append(item));
    }
    if (fresh.length === 0) return;
    this.#count(fresh.length);
    this.#options.grown();
  }

  /** A page of entries before all others, without announcing it to those who listen. */
  addOlder(entries) {
    const height = this.scroller.scrollHeight;
    this.scroller.setAttribute("aria-live", "off");
    for (const one of [...entries].reverse()) {
      if (one.n >= this.first) continue;
      this.first = one.n;
      this.last = Math.max(this.last, one.n);
      this.#placeOlder(one);
    }
    this.older.hidden = this.first <= 1;
    this.scroller.scrollTop += this.scroller.scrollHeight - height;
    requestAnimationFrame(() => this.scroller.setAttribute("aria-live", "polite"));
  }

  /** Something that is no entry of the log: on its way, or for this reader alone. */
  aside(item) {
    this.#list.append(item);
    this.#count(0);
  }

  /** The item of an entry, also of one that was an edit. */
  find(n) {
    return this.#places.get(n);
  }

  toEnd() {
    this.#sticks = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#seen();
  }

  #place(one, put) {
    if (one.slot === CARD) return this.#options.card(one);
    const item = draw(one, this.#options);
    const known = one.slot && this.#slots.get(one.slot);
    if (known) {
      item.id = known.item.id;
      item.classList.add("edited");
      known.item.replaceWith(item);
      for (const [n, place] of this.#places) if (place === known.item) this.#places.set(n, item);
    } else {
      put(item);
    }
    this.#places.set(one.n, item);
    if (one.slot) this.#slots.set(one.slot, { item, n: one.n });
  }

  /** The newest words of a slot stand where its first stood. */
  #placeOlder(one) {
    const newer = one.slot && one.slot !== CARD && this.#slots.get(one.slot);
    if (!newer) return this.#place(one, (item) => this.#list.prepend(item));
    newer.item.id = `n${one.n}`;
    this.#list.prepend(newer.item);
    this.#places.set(one.n, newer.item);
  }

  #isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  /** Whoever reads further up is not moved, but told. */
  #count(fresh) {
    if (this.#sticks) return this.toEnd();
    this.#missed += fresh;
    this.#below.hidden = this.#missed === 0;
    this.#below.textContent = `${this.#missed} new below`;
  }

  #seen() {
    this.#missed = 0;
    this.#below.hidden = true;
  }
}
