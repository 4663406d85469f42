// The whole timeline of an incident. Ten thousand events are in the page at once, in blocks that the
// browser lays out only when they come near (`content-visibility`), so that finding, linking and
// scrolling work as in any page.

import { get } from "./api.js";
import { el, data, empty, failure, mark } from "./dom.js";
import { exactly } from "./time.js";

const PAGE = 1000;
const BLOCK = 100;

/** The panel of an incident: loads when it is first opened. */
export function timeline(number) {
  const place = el("div", { class: "blocks" });
  const said = el("p", { class: "help", role: "status" });
  const panel = el("section", { class: "timeline", "aria-label": "Timeline" }, said, place);
  let [next, total, block, loading, wanted] = [1, 0, null, null, null];

  function add(events) {
    for (const event of events) {
      if (!block || block.children.length >= BLOCK) {
        block = el("ol", { class: "block", start: event.n });
        place.append(block);
      }
      block.append(row(event));
    }
    total += events.length;
    said.textContent = total === 1 ? "1 event" : `${total} events`;
  }

  async function load() {
    let events;
    do {
      ({ events } = await get(`/api/v1/incidents/${number}/timeline?from=${next}&max=${PAGE}`));
      add(events);
      next += events.length;
      lead();
    } while (events.length === PAGE);
    if (total === 0) place.replaceChildren(empty("Nothing has happened yet."));
  }

  const start = () => {
    loading ??= load().catch((error) => said.replaceChildren(failure(error, start))).finally(() => { loading = null; });
    return loading;
  };

  function lead() {
    const item = wanted && document.getElementById(`e${wanted}`);
    if (!item) return;
    wanted = null;
    // A block that was never laid out is as high as the style sheet guesses: twice is exact.
    mark(item);
    requestAnimationFrame(() => item.scrollIntoView({ block: "center" }));
  }

  panel.opened = () => start();
  panel.changed = () => { if (panel.dataset.opened) start(); };
  panel.lead = async (n) => { wanted = n; lead(); };
  return panel;
}

function row(event) {
  const text = event.text ?? event.event.replaceAll("_", " ");
  return el("li", { id: `e${event.n}`, value: event.n, tabindex: "-1", data: { row: "", event: event.event } },
    el("a", { class: "stamp", href: `#e${event.n}`, "aria-label": `Link to event ${event.n}` }, exactly(event.at)),
    data(text, { class: "event-text" }));
}
