/* Charts: <div class="ls-graph" data-figure="…"> holds a chart as JSON and is drawn as soon as it
   has a width, drawn anew when that or the chart changes. With data-follow="store" the stretch that
   is shown goes into that dcc.Store, and finer lines come back in data-lines. */
(function () {
  "use strict";
  const charts = (window.levelstrideCharts = window.levelstrideCharts || {});
  const PLACE = "[data-figure]";
  const states = new WeakMap();
  const waiting = new Set();

  function element(name, className) {
    const made = document.createElement(name);
    made.className = className;
    return made;
  }

  function legend(state) {
    const shown = state.chart.data.filter((trace) => trace.showlegend !== false && trace.name);
    state.legend.replaceChildren(
      ...shown.map(function (trace) {
        const item = document.createElement("span");
        item.append(charts.swatch(trace), trace.name);
        return item;
      }),
    );
    state.legend.hidden = !shown.length;
  }

  function made(box) {
    let state = states.get(box);
    if (state) return state;
    state = { legend: element("div", "ls-legend"), place: element("div", "ls-plot"), tip: element("div", "ls-tip") };
    state.tip.hidden = true;
    state.all = element("button", "ls-button ls-show-all");
    state.all.type = "button";
    state.all.textContent = box.dataset.all || "";
    state.all.hidden = true;
    state.all.addEventListener("click", () => zoom(box, state, null));
    const frame = element("div", "ls-plot-frame");
    for (const one of [state.legend, state.place, state.tip]) one.setAttribute("aria-hidden", "true");
    frame.append(state.place, state.tip);
    box.append(state.legend, frame, state.all);
    charts.follow(state.place, state, (range) => zoom(box, state, range));
    states.set(box, state);
    sizes.observe(box);
    return state;
  }

  function draw(box) {
    const text = box.dataset.figure;
    if (!text || !box.isConnected) return;
    const state = made(box);
    state.folded = !box.clientWidth;
    if (state.folded) return; // its size will change
    if (state.text !== text) {
      state.text = text;
      state.chart = JSON.parse(text);
      state.whole = state.chart.data.map((trace) => [trace.x, trace.y]);
      state.view = null;
      legend(state);
    }
    const height = state.chart.layout.height;
    state.width = box.clientWidth;
    state.plot = charts.draw(state.place, state.chart, state.view, Math.max(height - state.legend.offsetHeight, 0.7 * height));
    state.all.hidden = !state.view;
  }

  function zoom(box, state, range) {
    if (range && !(range[1] > range[0])) return;
    state.view = range;
    if (!range) state.whole.forEach(([x, y], n) => Object.assign(state.chart.data[n], { x: x, y: y }));
    draw(box);
    if (!range) box.dataset.shows = "all";
    if (box.dataset.follow && range) window.dash_clientside.set_props(box.dataset.follow, { data: { range: range } });
  }

  /* Finer lines of the stretch that is shown; those of an earlier stretch come too late. */
  function refine(box) {
    const state = states.get(box);
    const text = box.dataset.lines;
    if (!state || !state.chart || !text) return;
    const answer = JSON.parse(text);
    if (!state.view || answer.range[0] !== state.view[0] || answer.range[1] !== state.view[1]) return;
    answer.lines.forEach(([x, y], n) => Object.assign(state.chart.data[n], { x: x, y: y }));
    draw(box);
    box.dataset.shows = answer.range.join(" ");
  }

  function soon(box) {
    if (!waiting.size) {
      window.requestAnimationFrame(function () {
        const boxes = [...waiting];
        waiting.clear();
        boxes.forEach(draw);
      });
    }
    waiting.add(box);
  }

  const sizes = new ResizeObserver(function (entries) {
    for (const { target } of entries) {
      const state = states.get(target);
      if (state && target.clientWidth && target.clientWidth !== state.width) soon(target);
    }
  });

  function look() {
    for (const box of document.querySelectorAll(PLACE)) {
      const state = states.get(box);
      if (!state || (state.text !== box.dataset.figure && !state.folded)) draw(box);
    }
  }

  new MutationObserver(function (changes) {
    for (const change of changes) {
      if (change.attributeName === "data-lines") refine(change.target);
    }
    if (changes.some((change) => change.attributeName !== "data-lines")) look();
  }).observe(document.body, { attributeFilter: ["data-figure", "data-lines"], childList: true, subtree: true });
})();
