/* Clientside callbacks. */
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  levelstride: {
    show_title: function (title) {
      if (title) document.title = title;
      return title;
    },
    filter_valid: function (checked) {
      return checked ? { valid: { filterType: "text", type: "equals", filter: "yes" } } : {};
    },
  },
});
