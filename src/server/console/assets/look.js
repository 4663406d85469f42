// Light or dark: the system's wish until somebody chooses. Pictures follow.

const root = document.documentElement;
const wish = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is dark now. */
export const isDark = () => (root.dataset.theme ?? (wish.matches ? "dark" : "light")) === "dark";

/** Changes to the other theme, and keeps it. */
export function toggle() {
  root.dataset.theme = isDark() ? "light" : "dark";
  try { localStorage.setItem("warroom.theme", root.dataset.theme); } catch { /* private windows forget */ }
  dispatchEvent(new Event("warroom-look"));
}

wish.addEventListener("change", () => dispatchEvent(new Event("warroom-look")));
