// A plain script, run before the page is painted: the theme that was chosen last, else the system's.
(() => {
  "use strict";
  const light = window.matchMedia("(prefers-color-scheme: light)");
  const chosen = () => {
    try {
      return JSON.parse(localStorage.getItem("clickcut.theme"));
    } catch {
      return null; // storage may be turned off
    }
  };
  const apply = () => {
    document.documentElement.dataset.theme = chosen() ?? (light.matches ? "light" : "dark");
  };
  light.addEventListener("change", apply);
  apply();
})();
