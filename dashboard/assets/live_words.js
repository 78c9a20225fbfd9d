/* Words and numbers of the scripts in the reader's language. The page carries the catalogue in
   data-words; a text that it does not have is shown in English. */
(function () {
  "use strict";
  let carrier = null;
  let words = {};

  function catalogue() {
    const element = document.querySelector("[data-words]");
    if (element !== carrier) {
      carrier = element;
      words = element ? JSON.parse(element.dataset.words) : {};
    }
    return words;
  }

  /* A text with {names} filled in from values. */
  function say(text, values) {
    const known = catalogue()[text] || text;
    return known.replace(/\{(\w+)\}/g, (braces, name) => (values && name in values ? String(values[name]) : braces));
  }

  /* A number with the decimal sign of the language and a proper minus sign. */
  function number(value) {
    const text = String(value).replace("-", "−");
    return document.documentElement.lang === "de" ? text.replace(".", ",") : text;
  }

  window.levelstrideWords = { say, number };
})();
