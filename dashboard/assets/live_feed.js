/* Frames of a live session, from the socket, or by polling while there is none. A frame is the
   whole state, so the newest one wins and a missed one is no loss. */
(function () {
  "use strict";
  const say = (text, values) => window.levelstrideWords.say(text, values);
  const POLL_MS = 1000;
  const RETRY_MS = [250, 500, 1000, 2000, 4000];

  /* addresses = {socket, poll}; onFrame(frame) gets each frame, onTransport(name) is told how they
     come: socket, polling or none. Returns a function that ends it. */
  function open(addresses, onFrame, onTransport) {
    const timers = new Set();
    let socket = null;
    let attempts = 0;
    let transport = "none";
    let polling = false;
    let ended = false;

    function later(action, ms) {
      const timer = window.setTimeout(() => {
        timers.delete(timer);
        if (!ended) action();
      }, ms);
      timers.add(timer);
    }

    function use(name) {
      if (transport === name) return;
      transport = name;
      onTransport(name);
    }

    function connect() {
      if (typeof window.WebSocket !== "function") {
        poll();
        return;
      }
      const scheme = window.location.protocol === "https:" ? "wss" : "ws";
      const opened = new window.WebSocket(`${scheme}://${window.location.host}${addresses.socket}`);
      socket = opened;
      opened.onmessage = (event) => {
        if (ended) return;
        attempts = 0;
        use("socket");
        onFrame(JSON.parse(event.data));
      };
      opened.onclose = () => {
        if (ended || socket !== opened) return;
        socket = null;
        if (transport === "socket") use("none");
        if (attempts >= 1) poll();
        const wait = RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)];
        attempts += 1;
        later(connect, wait);
      };
    }

    function poll() {
      if (polling) return;
      polling = true;
      const again = async () => {
        if (transport === "socket") {
          polling = false;
          return;
        }
        try {
          const answer = await window.fetch(addresses.poll, { cache: "no-store" });
          if (answer.ok && !ended && transport !== "socket") {
            const frame = await answer.json();
            use("polling");
            onFrame(frame);
          }
        } catch (error) {
          use("none"); // the server is away; whoever watches sees that nothing comes
        }
        later(again, POLL_MS);
      };
      again();
    }

    connect();
    return () => {
      ended = true;
      for (const timer of timers) window.clearTimeout(timer);
      if (socket) socket.close();
    };
  }

  /* Sends a command; returns "" when it was done, else why not. */
  async function command(address, body) {
    try {
      const answer = await window.fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (answer.ok) return "";
      if (answer.status === 422) return say("something in the form is not possible.");
      return (await answer.json()).problem || say("status {number}", { number: answer.status });
    } catch (error) {
      return say("the server does not answer.");
    }
  }

  window.levelstrideFeed = { open, command };
})();
