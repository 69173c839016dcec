// Runs before the first paint, so that a chosen theme never flashes.
(() => {
  try {
    const theme = JSON.parse(localStorage.getItem("nevus.theme") ?? "null");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // A page without storage follows the system's theme.
  }
})();
