/* Import by drag and drop, or by choosing files: each file is sent as it is, then the server sorts
   them into sessions and analyses one after another. Words come from the page's data attributes. */
(function () {
  "use strict";
  const POLL_MS = 700;
  let jobs = [];
  let timer = null;
  const drawn = new Map();

  function box() {
    return document.getElementById("import-drop");
  }

  function say(text) {
    const status = document.getElementById("import-status");
    if (status && status.textContent !== text) status.textContent = text;
  }

  function fieldValue(id) {
    const field = document.getElementById(id);
    return field ? field.value : "";
  }

  function sendFile(address, file, progress) {
    return new Promise(function (resolve, reject) {
      const request = new XMLHttpRequest();
      request.open("POST", address);
      request.responseType = "json";
      request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.addEventListener("progress", (event) => progress(event.loaded));
      request.addEventListener("load", function () {
        if (request.status === 200) resolve(request.response.upload);
        else reject(new Error((request.response && request.response.problem) || box().dataset.refused));
      });
      request.addEventListener("error", () => reject(new Error(box().dataset.silent)));
      request.send(file);
    });
  }

  async function take(files) {
    const target = box();
    if (!target || !files.length || target.dataset.busy === "true") return;
    target.dataset.busy = "true";
    const uploads = [];
    const refused = [];
    for (const file of files) {
      try {
        uploads.push(
          await sendFile(target.dataset.uploads, file, (sent) =>
            say(`${target.dataset.sending} ${file.name}: ${Math.round((100 * sent) / Math.max(1, file.size))} %`),
          ),
        );
      } catch (error) {
        refused.push(`${file.name}: ${error.message}`);
      }
    }
    if (uploads.length) await begin(target, uploads, refused);
    say(refused.join(" "));
    target.dataset.busy = "false";
  }

  async function begin(target, uploads, refused) {
    try {
      const answer = await window.fetch(target.dataset.imports, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          uploads: uploads,
          runner: fieldValue("import-runner"),
          conditions: fieldValue("import-conditions"),
        }),
      });
      const body = await answer.json();
      if (answer.ok) jobs = body.jobs.concat(jobs);
      else refused.push(body.problem || target.dataset.refused);
    } catch (error) {
      refused.push(target.dataset.silent);
    }
    draw();
    poll();
  }

  async function poll() {
    window.clearTimeout(timer);
    const open = jobs.filter((job) => job.state === "waiting" || job.state === "working");
    const target = box();
    if (!open.length || !target) return;
    try {
      const ids = open.map((job) => job.id).join(",");
      const answer = await window.fetch(`${target.dataset.imports}?ids=${ids}`, { cache: "no-store" });
      const body = await answer.json();
      const fresh = new Map(body.jobs.map((job) => [job.id, job]));
      jobs = jobs.map((job) => fresh.get(job.id) || job);
      draw();
      if (body.jobs.some((job) => job.session)) listAnew();
    } catch (error) {
      say(target.dataset.silent);
    }
    timer = window.setTimeout(poll, POLL_MS);
  }

  // The list of sessions is asked for again as if a filter had been set.
  function listAnew() {
    const filter = document.querySelector("[data-query='library-query'] select");
    if (filter) filter.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function words(job, data) {
    if (job.state === "waiting") return data.waiting;
    if (job.state === "working") return `${data.working} ${Math.round(100 * job.share)} %`;
    if (job.state === "asking") return data.asks;
    if (job.state === "failed") return `${data.failed}: ${job.problem}`;
    return job.remarks ? data.doubtful : data.done;
  }

  function labelled(id, text, field) {
    const box = document.createElement("div");
    const label = document.createElement("label");
    box.className = "ls-field";
    label.className = "ls-label";
    label.htmlFor = field.id = id;
    label.textContent = text;
    box.append(label, field);
    return box;
  }

  function placeField(id, sensor, data) {
    const select = document.createElement("select");
    select.className = "ls-select";
    select.name = sensor;
    for (const [value, text] of JSON.parse(data.places)) select.append(new Option(text, value));
    return labelled(id, sensor, select);
  }

  /* What the files do not tell: where each sensor was worn, and the rate. */
  function question(job, data) {
    const form = document.createElement("form");
    const fields = document.createElement("div");
    fields.className = "ls-fields";
    fields.append(...job.sensors.map((sensor, n) => placeField(`${job.id}-place-${n}`, sensor, data)));
    if (job.asks_rate) {
      const rate = document.createElement("input");
      rate.className = "ls-input";
      rate.inputMode = "decimal";
      rate.autocomplete = "off";
      rate.required = true;
      rate.dataset.rate = "";
      fields.append(labelled(`${job.id}-rate`, data.rate, rate));
    }
    const button = document.createElement("button");
    button.type = "submit";
    button.className = "ls-button ls-primary";
    button.textContent = data.answer;
    const status = document.createElement("p");
    status.className = "ls-result ls-problem";
    status.setAttribute("role", "status");
    form.append(fields, button, status);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      answer(job, form, status);
    });
    return form;
  }

  async function answer(job, form, status) {
    const target = box();
    const places = Object.create(null); // a sensor may have any name
    for (const select of form.querySelectorAll("select")) places[select.name] = select.value;
    const rate = form.querySelector("[data-rate]");
    try {
      const sent = await window.fetch(target.dataset.answers, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ job: job.id, places: places, rate_hz: rate ? rate.value : "" }),
      });
      const body = await sent.json();
      if (!sent.ok) {
        status.textContent = body.problem || target.dataset.refused;
        return;
      }
      jobs = jobs.map((one) => (one.id === job.id ? body.jobs[0] : one));
      draw();
      poll();
    } catch (error) {
      status.textContent = target.dataset.silent;
    }
  }

  function draw() {
    const list = document.getElementById("import-jobs");
    const target = box();
    if (!list || !target) return;
    list.replaceChildren(
      ...jobs.map(function (job) {
        const text = JSON.stringify(job);
        const known = drawn.get(job.id);
        if (known && known.text === text) return known.item; // what is being written in it stays
        const item = document.createElement("li");
        drawn.set(job.id, { text: text, item: item });
        item.dataset.state = job.state;
        const name = document.createElement("strong");
        name.textContent = job.names.join(", ");
        const state = document.createElement("span");
        state.textContent = ` ${words(job, target.dataset)} `;
        item.append(name, state);
        if (job.state === "asking") item.append(question(job, target.dataset));
        if (job.session) {
          const link = document.createElement("a");
          link.href = job.session;
          link.textContent = target.dataset.open;
          item.append(link);
        }
        return item;
      }),
    );
  }

  function isFiles(event) {
    return event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
  }

  document.addEventListener("dragover", function (event) {
    if (!box() || !isFiles(event)) return;
    event.preventDefault(); // a file that misses the box must not replace the page
    document.getElementById("import-box").open = true;
    box().dataset.over = String(Boolean(event.target.closest("#import-drop")));
  });
  document.addEventListener("dragleave", function (event) {
    if (box() && event.relatedTarget === null) box().dataset.over = "false";
  });
  document.addEventListener("drop", function (event) {
    if (!box() || !isFiles(event)) return;
    event.preventDefault();
    box().dataset.over = "false";
    if (event.target.closest("#import-drop")) take(Array.from(event.dataTransfer.files));
  });
  document.addEventListener("change", function (event) {
    if (event.target.id !== "import-files") return;
    const files = Array.from(event.target.files);
    event.target.value = "";
    take(files);
  });
  document.addEventListener("click", function (event) {
    if (!event.target.closest || !event.target.closest("#import-choose")) return;
    let input = document.getElementById("import-files");
    if (!input) {
      input = document.createElement("input");
      input.type = "file";
      input.multiple = true;
      input.id = "import-files";
      input.hidden = true;
      box().append(input);
    }
    input.click();
  });
})();
