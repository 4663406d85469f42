// The one stream of a tab. It resumes where it was after every cut: the server is asked for the
// entries from the first one that was not seen, and what comes twice is dropped by whoever counts.
//
// A hidden tab gives its connection back: browsers allow six to a server, and ten forgotten tabs
// must not lock the eleventh out.

const PINGS_MISSED_MS = 40_000; // the server pings every 15 s
const RETRY_MS = [300, 1000, 2000, 4000, 8000];
const HIDDEN_MS = 20_000;

export class Live {
  #source = null;
  #timer = null;
  #hidden = null;
  #failures = 0;
  #heardAt = Date.now();
  #isLost = false;
  #room = null;
  #handlers;

  /** Handlers: entry, incidents, again (load lists anew), lost(since), found. */
  constructor(handlers) {
    this.#handlers = handlers;
    setInterval(() => this.#watch(), 5000);
    addEventListener("online", () => this.now());
    addEventListener("pagehide", () => this.#close());
    addEventListener("pageshow", (event) => event.persisted && this.now());
    document.addEventListener("visibilitychange", () => this.#shown());
  }

  /** Follows a room from an entry on, or no room: `next` gives the number of the next entry. */
  follow(room, next) {
    this.#room = room === null ? null : { id: room, next };
    this.#failures = 0;
    this.#open();
  }

  /** Tries at once. */
  now() {
    this.#failures = 0;
    this.#open();
  }

  #open() {
    this.#close();
    const query = this.#room ? `?room=${encodeURIComponent(this.#room.id)}&from=${this.#room.next()}` : "";
    const source = new EventSource(`/api/v1/live${query}`);
    this.#source = source;
    this.#heardAt = Math.max(this.#heardAt, Date.now() - PINGS_MISSED_MS / 2);
    source.onopen = () => this.#found();
    source.onerror = () => this.#lost();
    const hear = (name, run) => source.addEventListener(name, (event) => {
      this.#heardAt = Date.now();
      run(event);
    });
    hear("entry", (event) => this.#handlers.entry(JSON.parse(event.data)));
    hear("incidents", (event) => this.#handlers.incidents(JSON.parse(event.data)));
    hear("lagged", () => this.#handlers.again());
    hear("ping", () => {});
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #found() {
    this.#heardAt = Date.now();
    this.#failures = 0;
    if (!this.#isLost) return;
    this.#isLost = false;
    this.#handlers.found();
    // Hints are not kept by the server: what changed in between shows only in the lists.
    this.#handlers.again();
  }

  #lost() {
    this.#close();
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    this.#isLost = true;
    this.#handlers.lost(this.#heardAt, this.#failures);
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  /** A stream that has gone silent is dead, whatever the browser believes. */
  #watch() {
    if (this.#source && Date.now() - this.#heardAt > PINGS_MISSED_MS) this.#lost();
  }

  #shown() {
    clearTimeout(this.#hidden);
    if (document.visibilityState === "hidden") {
      this.#hidden = setTimeout(() => { this.#close(); this.#isLost = true; }, HIDDEN_MS);
    } else if (this.#source === null) {
      this.now();
    }
  }
}
