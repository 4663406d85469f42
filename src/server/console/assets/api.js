// Questions to the server. Every failure becomes an Error whose message people can read; an unsafe
// call carries the session's CSRF token; a session that is over leads to the sign-in page and back.

let csrf = null;
let asked = Promise.resolve();

/** A refusal of the server, with its status; 0: there was no answer. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Who asks. */
export function me() {
  const answer = get("/api/v1/me").then((found) => {
    csrf = found.csrf ?? null;
    return found;
  });
  asked = answer.catch(() => {});
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body, headers = {}) => call("POST", path, body, headers);
export const remove = (path) => call("DELETE", path);

/** The key of a wish, which counts once however often it is sent: 128 random bits; `randomUUID` is
    missing where the page did not come by https. */
export const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function call(method, path, body, headers = {}) {
  const options = { method, headers: { Accept: "application/json", ...headers }, credentials: "same-origin" };
  if (body !== undefined) options.body = JSON.stringify(body);
  if (method !== "GET") {
    options.headers["Content-Type"] = "application/json";
    // The first line may be typed before the session is known.
    await asked;
    if (csrf) options.headers["X-Warroom-CSRF"] = csrf;
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Refused(0, "warroom cannot be reached. Nothing is known to have changed.");
  }
  if (answer.status === 401) return signIn();
  const text = await answer.text();
  if (!answer.ok) throw new Refused(answer.status, await told(answer.status, text));
  return text === "" ? null : read(text);
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refused(0, "the answer was cut off; ask again");
  }
}

/** Our API answers problems (detail, next), Alertmanager's a string or code and message. */
function told(status, text) {
  let problem = null;
  try { problem = JSON.parse(text); } catch { problem = text; }
  if (typeof problem === "string" && problem !== "") return capital(problem);
  const what = problem?.detail ?? problem?.message;
  if (!what) return `The server answered ${status} without a reason.`;
  const sentences = [what, problem.changed === false ? "nothing was changed" : "", problem.next ?? ""];
  if (status === 403) sentences.unshift("you may not do this");
  return sentences.filter(Boolean).map(capital).map((one) => one.replace(/[.]?$/, ".")).join(" ");
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Never settles: the page is about to go. */
function signIn() {
  const here = location.pathname + location.search + location.hash;
  location.assign(`/sign-in?next=${encodeURIComponent(here)}`);
  return new Promise(() => {});
}
