/* Colour scheme: the system's preference until the reader chooses; the choice is kept in this
   browser. The style sheet reads it from an attribute of <html>. */
(function () {
  "use strict";
  const KEY = "levelstride-colour-scheme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const value = window.localStorage.getItem(KEY);
      return value === "dark" || value === "light" ? value : null;
    } catch (error) {
      return null; // storage is switched off: follow the system
    }
  }

  function scheme() {
    return chosen() || (system.matches ? "dark" : "light");
  }

  function apply() {
    const now = scheme();
    if (root.getAttribute("data-colour-scheme") !== now) {
      root.setAttribute("data-colour-scheme", now);
    }
    const button = document.getElementById("colour-scheme");
    if (button && button.getAttribute("aria-pressed") !== String(now === "dark")) {
      button.setAttribute("aria-pressed", String(now === "dark"));
    }
  }

  document.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest("#colour-scheme")) return;
    const next = scheme() === "dark" ? "light" : "dark";
    root.setAttribute("data-colour-scheme", next);
    try {
      window.localStorage.setItem(KEY, next);
    } catch (error) {
      return; // the choice holds until the page is left
    }
    apply();
  });

  system.addEventListener("change", apply);
  new MutationObserver(function () {
    if (document.getElementById("colour-scheme")) apply();
  }).observe(document.body, { childList: true, subtree: true });
  apply();
})();
