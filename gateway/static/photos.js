// The photos of one draft: up to three, each drawn anew, shown small, dropped by a tap; each is sent once, and one that does not
// arrive keeps none of the others back.
"use strict";
const MOST_PHOTOS = 3; // the service takes nine: a wall before one needs no more

function photosOf(told) { // told() after every change, so that the draft is kept
  let taken = [];

  function shown() {
    at("shot").replaceChildren(...taken.map((one, place) => {
      const item = made("li", "");
      one.state = one.state || made("p", "", "small");
      one.state.setAttribute("role", "status");
      item.append(one.canvas, one.state, button(`不要第 ${place + 1} 张`, () => drop(one), "plain"));
      return item;
    }));
    at("shot").hidden = !taken.length;
    at("camera").hidden = taken.length >= MOST_PHOTOS;
    at("camera").textContent = taken.length ? `再拍一张（还可以拍 ${MOST_PHOTOS - taken.length} 张）` : "拍一张照片（可不拍）";
  }

  function drop(one) {
    taken = taken.filter((other) => other !== one);
    shown();
    told();
  }

  async function put(one) { // on a network that proved slow, what was drawn for a fast one is drawn smaller first
    if (weak() && one.blob.size > WEAK_BYTES) Object.assign(one, {blob: (await shrunk(one.blob)).blob});
    const grant = await call("/api/v1/uploads?for=reports", {kind: "report-photo", content_type: "image/jpeg", size: one.blob.size});
    const began = Date.now();
    await sent(grant, one.blob, (percent) => { one.state.textContent = `正在传 ${percent}%`; });
    pace = one.blob.size / Math.max(1, Date.now() - began);
    Object.assign(one, {id: grant.id}).state.textContent = "传好了";
  }

  return {
    get count() { return taken.length; },
    get waiting() { return taken.filter((one) => !one.id).length; },
    get blobs() { return taken.map((one) => one.blob); },
    async take(file) {
      if (taken.length >= MOST_PHOTOS) return;
      taken.push(await shrunk(file));
      shown();
      told();
    },
    async show(blobs) { // those of a draft that was kept: they are as they are sent
      taken = await Promise.all(blobs.map(async (blob) => ({blob, canvas: drawn(await opened(blob), 800)})));
      shown();
    },
    async sent() { // the ids of all; fails, when each was tried, over those that did not arrive
      const lost = [];
      for (const one of taken.filter((waits) => !waits.id)) {
        await put(one).catch((failed) => {
          if (failed.status === 401) throw failed;
          one.state.textContent = "没有传上去";
          lost.push(failed);
        });
      }
      if (lost.length) throw Object.assign(new Error(`有 ${lost.length} 张照片没有传上去。`), {passing: true, photo: true, lost: lost.every((one) => one.lost)});
      return taken.map((one) => one.id);
    },
    again() { taken.forEach((one) => Object.assign(one, {id: null}).state.replaceChildren()); }, // they are not there (any more)
    leave() { taken = taken.filter((one) => one.id); shown(); told(); }, // those that did not arrive
    drop() { taken = []; shown(); },
  };
}
