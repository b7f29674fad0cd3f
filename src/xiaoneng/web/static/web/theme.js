// Before the first paint: follow the system where nothing was chosen. Loaded in the head, not deferred, on purpose.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    const chosen = root.dataset.xnTheme;
    const theme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
    if (theme === "dark") root.setAttribute("data-bs-theme", "dark");
    else root.removeAttribute("data-bs-theme");
  }
  apply();
  dark.addEventListener("change", apply);
})();
