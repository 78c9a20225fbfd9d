/* Choices of a list: <div data-query="store"> holds named fields and buttons with
   data-set="page=2&…"; what is chosen goes into the dcc.Store, and a callback answers. With
   data-asks="in-sight" the first question is asked when the list comes into sight. */
(function () {
  "use strict";
  const kept = new WeakMap();

  function ask(box, changes) {
    const chosen = Object.assign({}, kept.get(box), changes);
    for (const field of box.querySelectorAll("select[name], input[name]")) chosen[field.name] = field.value;
    for (const tick of box.querySelectorAll("[data-check]")) chosen[tick.dataset.check] = [];
    for (const tick of box.querySelectorAll("[data-check][aria-checked='true']")) {
      chosen[tick.dataset.check].push(tick.dataset.value);
    }
    kept.set(box, chosen);
    window.dash_clientside.set_props(box.dataset.query, { data: chosen });
  }

  document.addEventListener("change", function (event) {
    const field = event.target;
    const box = field.closest && field.closest("[data-query]");
    if (box && field.matches("select[name], input[name]")) ask(box, { page: "1" });
  });

  document.addEventListener("click", function (event) {
    const tick = event.target.closest && event.target.closest("[data-query] [data-check]");
    if (tick) {
      tick.setAttribute("aria-checked", String(tick.getAttribute("aria-checked") !== "true"));
      ask(tick.closest("[data-query]"), {});
      return;
    }
    const button = event.target.closest && event.target.closest("[data-query] [data-set]");
    if (!button) return;
    const changes = Object.fromEntries(new URLSearchParams(button.dataset.set));
    ask(button.closest("[data-query]"), changes);
  });

  const sight = new IntersectionObserver(function (entries) {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      sight.unobserve(entry.target);
      ask(entry.target, { page: "1" });
    }
  }, { rootMargin: "300px" });

  new MutationObserver(function () {
    for (const box of document.querySelectorAll("[data-asks='in-sight']:not([data-watched])")) {
      box.dataset.watched = "true";
      sight.observe(box);
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
