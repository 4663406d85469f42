// Runs before the first paint, so that a chosen theme never flashes; without a choice the system's
// preference holds, which the style sheet asks for by itself.
(() => {
  const chosen = (() => {
    try { return localStorage.getItem("warroom.theme"); } catch { return null; }
  })();
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
