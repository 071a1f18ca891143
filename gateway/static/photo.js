// A photo of a phone: made small enough for a weak network, and sent. Drawn anew, it says nothing of the phone nor where it was.
"use strict";
const MOST_BYTES = 1000000, WEAK_BYTES = 200000, LONGEST_SIDE = 1600, SLOWEST_PUT = 110000; // the gateway ends an upload after 120 s
const WEAK_PACE = 50; // bytes a millisecond: what is slower takes twenty seconds for a photo of full size
let pace = Infinity; // how fast the last one went

function weak() { // by what the phone says of its network, where it says anything; else by what was sent already
  const {effectiveType, saveData} = navigator.connection || {};
  return Boolean(saveData) || Boolean(effectiveType && effectiveType !== "4g") || pace < WEAK_PACE;
}

function opened(file) {
  return new Promise((done, fail) => {
    const unfit = () => fail(new Error("这张照片打不开，请重新拍一张，或者不带照片报事。"));
    const reader = new FileReader(), image = new Image();
    reader.onerror = image.onerror = unfit;
    image.onload = () => done(image);
    reader.onload = () => { image.src = reader.result; }; // a data: address, as the page's policy allows no other
    reader.readAsDataURL(file);
  });
}

function drawn(image, longest) {
  const scale = Math.min(1, longest / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const brush = canvas.getContext("2d");
  brush.fillStyle = "#fff"; // what is transparent would become black
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const asJpeg = (canvas, quality) => new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));

async function shrunk(file) { // as the network is now
  const image = await opened(file), most = weak() ? WEAK_BYTES : MOST_BYTES;
  for (let longest = LONGEST_SIDE; longest >= 200; longest = Math.round(longest * .75)) {
    const canvas = drawn(image, longest);
    for (const quality of [.8, .6]) {
      const blob = await asJpeg(canvas, quality);
      if (blob && blob.size <= most) return {blob, canvas};
    }
  }
  throw new Error("这张照片太大，请重新拍一张，或者不带照片报事。");
}

function sent(grant, blob, told) { // by the older way, which alone says how far it is
  return new Promise((done, fail) => {
    const lost = () => fail(new Error("照片没有传上去。"));
    const put = new XMLHttpRequest();
    put.open("PUT", grant.url);
    put.timeout = SLOWEST_PUT;
    Object.entries(grant.headers).forEach(([name, value]) => put.setRequestHeader(name, value));
    put.upload.onprogress = (at) => told(Math.round(100 * at.loaded / at.total));
    put.onerror = put.ontimeout = put.onabort = lost;
    put.onload = () => (put.status >= 200 && put.status < 300 ? done() : lost());
    put.send(blob);
  });
}
