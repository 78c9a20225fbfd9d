/* Clientside callbacks. */
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  levelstride: {
    show_title: function (title) {
      if (title) document.title = title;
      return title;
    },
  },
});
