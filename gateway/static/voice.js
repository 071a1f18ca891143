// A voice note: held while it is said, up to a minute, heard and dropped before it is sent. It lies in this page alone,
// on one's own phone with its draft (kept.js).
// Where the browser cannot record, or who holds the phone does not let it, nothing of this is shown or asked again.
"use strict";
const LONGEST_VOICE = 59500, SHORTEST_VOICE = 700; // milliseconds; the service takes a minute
const VOICE_FORMS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

function voiceForm() { // none where there is no recorder, or the page is not a secure one
  if (!window.MediaRecorder || !navigator.mediaDevices || !window.AudioContext) return null;
  return VOICE_FORMS.find((one) => MediaRecorder.isTypeSupported(one)) || null;
}

function voiceOf(told) { // told(what, seconds): "waiting", "speaking", "done", "short", "allowed", "denied"
  const form = voiceForm();
  let held = false, recorder = null, taken = null, playing = null;

  async function begin() {
    if (held || recorder) return;
    held = true;
    told("waiting");
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({audio: {channelCount: 1, echoCancellation: true, noiseSuppression: true}});
    } catch {
      held = false;
      return told("denied");
    }
    if (held) return record(stream);
    stream.getTracks().forEach((one) => one.stop()); // let go while the browser asked whether it may
    told("allowed");
  }

  function record(stream) {
    const parts = [], began = Date.now(), seconds = () => Math.round((Date.now() - began) / 1000);
    recorder = new MediaRecorder(stream, {mimeType: form, audioBitsPerSecond: 32000});
    const counting = setInterval(() => told("speaking", seconds()), 500), over = setTimeout(end, LONGEST_VOICE);
    recorder.ondataavailable = (one) => parts.push(one.data);
    recorder.onstop = () => {
      const lasted = Date.now() - began;
      clearInterval(counting);
      clearTimeout(over);
      stream.getTracks().forEach((one) => one.stop());
      recorder = null;
      if (lasted < SHORTEST_VOICE) return told("short");
      taken = {blob: new Blob(parts, {type: form.split(";")[0]}), seconds: Math.max(1, Math.round(lasted / 1000))};
      told("done", taken.seconds);
    };
    recorder.start();
    told("speaking", 0);
  }

  function end() {
    held = false;
    if (recorder && recorder.state === "recording") recorder.stop();
  }

  async function play() { // not by an address of the page's own, which its policy does not let be heard
    hush();
    const room = new AudioContext();
    playing = room;
    const source = room.createBufferSource();
    source.buffer = await room.decodeAudioData(await taken.blob.arrayBuffer());
    source.connect(room.destination);
    source.start();
    return source.buffer.duration;
  }

  function hush() {
    if (playing) playing.close();
    playing = null;
  }

  return {
    can: form !== null, begin, end, play,
    get taken() { return taken; },
    keep(earlier) { hush(); taken = earlier || null; }, // of a draft that lay on the phone
    drop() { hush(); taken = null; },
  };
}
