/* Charts: <div class="ls-graph" data-figure="…"> holds a chart as JSON. Those in sight are drawn
   first, the others one by one while the page is idle; the chart library is fetched only where
   there are charts. */
(function () {
  "use strict";
  const PLACE = "[data-figure]";
  const queue = new Set();
  let library = null;
  let busy = false;

  function plotly() {
    if (window.Plotly) return Promise.resolve(window.Plotly);
    library = library || new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = document.querySelector("meta[name=charts]").content;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => reject(new Error("the chart library cannot be read"));
      document.head.append(script);
    });
    return library;
  }

  async function draw(box) {
    queue.delete(box);
    const text = box.dataset.figure;
    if (!text || box.drawnChart === text) return;
    box.drawnChart = text;
    const chart = JSON.parse(text);
    const Plotly = await plotly();
    if (!box.isConnected || box.drawnChart !== text) return;
    let plot = box.querySelector(":scope > .ls-plot");
    if (!plot) {
      plot = document.createElement("div");
      plot.className = "ls-plot";
      box.append(plot);
    }
    await Plotly.react(plot, chart.data, chart.layout, chart.config);
  }

  function idle(work) {
    if (window.requestIdleCallback) window.requestIdleCallback(work, { timeout: 1500 });
    else window.setTimeout(work, 50);
  }

  function next() {
    // What is folded away has no width yet; it is drawn when it comes into sight.
    const box = [...queue].find((one) => one.isConnected && one.offsetParent !== null);
    if (!box) {
      busy = false;
      return;
    }
    draw(box).then(() => idle(next));
  }

  const sight = new IntersectionObserver(function (entries) {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        sight.unobserve(entry.target);
        draw(entry.target);
      }
    }
    if (!busy) {
      busy = true;
      idle(next);
    }
  });

  function look() {
    for (const box of queue) if (!box.isConnected) queue.delete(box);
    for (const box of document.querySelectorAll(PLACE)) {
      if (box.drawnChart === box.dataset.figure) continue;
      if (box.drawnChart) {
        draw(box); // another chart in the same place
      } else if (!queue.has(box)) {
        queue.add(box);
        sight.observe(box);
        plotly();
      }
    }
  }

  new MutationObserver(look).observe(document.body, {
    attributeFilter: ["data-figure"],
    childList: true,
    subtree: true,
  });
})();
