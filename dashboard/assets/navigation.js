/* Clientside callbacks, and links between pages: <a data-page> changes the address, and the callback
   that makes pages answers; nothing is loaded anew. */
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  levelstride: {
    show_title: function (title) {
      if (title) document.title = title;
      return title;
    },
  },
});

document.addEventListener("click", function (event) {
  const link = event.target.closest && event.target.closest("a[data-page]");
  if (!link || event.defaultPrevented || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.target) return;
  event.preventDefault();
  window.history.pushState({}, "", link.href);
  window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); // as dcc.Link does it
  window.scrollTo(0, 0);
});
