// Applies the chosen theme before the first paint; a classic script, so that the page never flashes.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be closed to this page; the system's theme then holds.
  }
})();
