/* Cues as sound: pitch by the size of the error, left or right ear by leg. Browsers let a page
   sound only after a click, so it is off until someone switches it on. */
(function () {
  "use strict";
  const LATE_MS = 1500;
  const TONE_S = 0.16;
  const LOUDNESS = 0.25;

  let context = null;
  let on = false;

  function tone(pitchHz, pan, startS) {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const panner = context.createStereoPanner();
    oscillator.type = "triangle";
    oscillator.frequency.value = pitchHz;
    panner.pan.value = pan;
    gain.gain.setValueAtTime(0, startS);
    gain.gain.linearRampToValueAtTime(LOUDNESS, startS + 0.015);
    gain.gain.setValueAtTime(LOUDNESS, startS + TONE_S - 0.04);
    gain.gain.linearRampToValueAtTime(0, startS + TONE_S);
    oscillator.connect(gain).connect(panner).connect(context.destination);
    oscillator.start(startS);
    oscillator.stop(startS + TONE_S);
  }

  /* To be called from a click. */
  async function set(wanted) {
    on = wanted;
    if (!wanted) {
      if (context) await context.suspend();
      return;
    }
    if (!context) context = new window.AudioContext();
    await context.resume();
    tone(440, 0, context.currentTime + 0.02);
  }

  /* Two tones: the second is higher when the value should rise, lower when it should sink. */
  function play(cue) {
    if (!on || !context || context.state !== "running") return false;
    if (Date.now() - cue.at_ms > LATE_MS) return false; // of strides long gone
    const start = context.currentTime + 0.01;
    tone(cue.pitch_hz, cue.pan, start);
    tone(cue.pitch_hz * (cue.direction === "raise" ? 1.33 : 0.75), cue.pan, start + TONE_S);
    return true;
  }

  window.levelstrideSound = { set, play, isOn: () => on };
})();
