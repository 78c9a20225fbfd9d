/* Forms that post their fields as JSON: <form data-post="address" data-next="page">. What went
   wrong stands in the form's [role=status]; what went well loads the page anew. */
(function () {
  "use strict";

  function say(form, text) {
    const status = form.querySelector("[role=status]");
    if (status) status.textContent = text;
  }

  async function send(form) {
    const fields = {};
    for (const [name, value] of new FormData(form).entries()) {
      if (typeof value === "string") fields[name] = value;
    }
    const buttons = form.querySelectorAll("button");
    for (const button of buttons) button.disabled = true;
    try {
      const answer = await window.fetch(form.dataset.post, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ fields: fields }),
      });
      const body = await answer.json();
      if (answer.ok) {
        if (form.dataset.next) window.location.assign(form.dataset.next);
        else window.location.reload();
        return;
      }
      say(form, body.problem || form.dataset.refused);
      const field = body.field && form.querySelector(`[name="${window.CSS.escape(body.field)}"]`);
      if (field) field.focus();
    } catch (error) {
      say(form, form.dataset.silent);
    }
    for (const button of buttons) button.disabled = false;
  }

  document.addEventListener(
    "submit",
    function (event) {
      const form = event.target;
      if (!form.dataset || !form.dataset.post) return;
      event.preventDefault();
      send(form);
    },
    true,
  );

  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("[data-print]");
    if (button) window.print();
  });

  document.addEventListener("change", function (event) {
    const select = event.target;
    if (!select.dataset) return;
    if (select.id === "language") {
      document.cookie = `levelstride-language=${select.value};path=/;max-age=31536000;samesite=strict`;
      window.location.reload();
    }
  });

  // The server says the page's language in <html lang>; the choice in the header follows it.
  new MutationObserver(function () {
    const select = document.getElementById("language");
    if (select && !select.dataset.shown) {
      select.value = document.documentElement.lang;
      select.dataset.shown = "true";
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
