// 存在手机里: what is written at a poster on one's own phone is kept at once, listed until it is filed, and offered again when there
// is a network. Which phone is whose only a tick says; without it the draft ends with the tab, as draft.js has it.
"use strict";
const shelf = shelfOf(), KEPT_SOON = 400, FIRST_WORDS = 40;
const STRANDED = "没有网络，已存在手机里。有网络时再打开本页，就能报给社区。";
let lies = false, soon = null, stranded = false, lastKept = Promise.resolve(false); // whether the draft of the form was laid there

const when = (moment) => new Date(moment).toLocaleString("zh-CN", {timeZone: "Asia/Shanghai", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false});
const written = () => Boolean(draft.said.text || photos.count || voice.taken);

function keepSoon() {
  clearTimeout(soon);
  soon = setTimeout(keepNow, KEPT_SOON);
  at("forget").hidden = !shelf.own || !written();
}

function keepNow() { // one after the other; whether it lies there now
  clearTimeout(soon);
  soon = null;
  lastKept = lastKept.then(async () => {
    if (!written()) return false;
    const {taken} = voice, {token} = draft.said;
    const drawn = await Promise.all(photos.blobs.map((blob) => blob.arrayBuffer())); // bytes: a blob is lost in some phones
    const spoken = taken && {seconds: taken.seconds, type: taken.blob.type, bytes: await taken.blob.arrayBuffer()};
    if (!shelf.own || token !== draft.said.token) return false; // nothing is to lie there, or it was filed meanwhile
    const there = await shelf.put({...draft.said, seen, photos: drawn, voice: spoken}, lies);
    if (!there) at("owned").textContent = "这一件已经在另一页报过或删掉，手机里不再存。";
    lies = lies || there;
    return there;
  }).catch(() => {
    at("owned").textContent = "手机里存不下了。写好的只在本页里，请不要关掉。";
    return false;
  });
  return lastKept;
}

async function unshelved(token) { // filed or dropped: nothing of it stays
  clearTimeout(soon);
  await lastKept;
  lies = false;
  if (shelf.own) await shelf.drop(token).catch(() => { /* it goes by itself */ });
  await listKept();
}

async function listKept() {
  const others = (await shelf.all().catch(() => [])).filter((one) => one.token !== draft.said.token);
  at("drafts").replaceChildren(...others.map(lying));
  at("shelf").hidden = !others.length || !["report", "done"].some((name) => !at(name).hidden);
}

function lying(one) {
  const item = made("li", ""), beside = [one.photos.length ? `${one.photos.length} 张照片` : "", one.voice ? "一段录音" : ""].filter(Boolean);
  item.append(made("strong", one.seen ? `${one.seen.place} ${one.seen.asset}` : "地点有网络时才知道"),
    made("span", one.text.length > FIRST_WORDS ? `${one.text.slice(0, FIRST_WORDS)}…` : one.text || "（还没有写字）"),
    made("span", `${when(one.at)}写的${beside.map((what) => `，${what}`).join("")}`, "small"),
    button("打开，报给社区", () => busy(() => "正在打开…", () => takeUp(one))),
    button("删掉", () => busy(() => "正在删掉…", () => unshelved(one.token)), "plain"));
  return item;
}

async function takeUp(one) { // what stands in the form meanwhile lies on the phone, too
  await keepNow();
  const {token, code, text, category, danger, sent} = one;
  draft.take({token, code, text, category, ...finerOf(one), danger, sent});
  history.replaceState(null, "", `/s/${one.code}`);
  await restored(one);
  await look();
}

async function restored(one) {
  lies = true;
  seen = one.seen;
  await photos.show(one.photos.map((bytes) => new Blob([bytes], {type: "image/jpeg"})));
  voice.keep(one.voice && {seconds: one.voice.seconds, blob: new Blob([one.voice.bytes], {type: one.voice.type})});
  saying("done");
}

async function own(mine) {
  try {
    await shelf.claim(mine);
  } catch {
    at("own").checked = false;
    throw new Error("这部手机存不了。写好的只在本页里，请不要关掉。");
  }
  at("own").checked = mine;
  lies = false;
  if (mine) await keepNow();
  keepSoon();
  await listKept();
}

async function untick() { // what others began is asked about first
  const others = at("drafts").children.length;
  if (others && !confirm(`手机里存着的 ${others} 件会一起删掉。`)) return void (at("own").checked = true);
  await own(false);
}

async function strand(failed) { // the network is lost over something written
  if (!failed.lost || !written()) return failed;
  stranded = true;
  if (shelf.own && await keepNow()) return Object.assign(failed, {message: STRANDED});
  return Object.assign(failed, {keepable: shelf.can && !shelf.own});
}

addEventListener("online", () => {
  if (!stranded || !written()) return;
  at("refused").replaceChildren(made("p", "网络回来了。写好的还在。"), button("现在报给社区", () => busy(filing, goOn), "first"));
  at("refused").hidden = false;
});
addEventListener("pagehide", () => { if (soon) keepNow(); });
document.addEventListener("visibilitychange", () => { if (document.hidden && soon) keepNow(); });
at("owning").hidden = !shelf.can;
at("own").checked = shelf.own;
at("own").onchange = () => busy(() => "正在存…", () => (at("own").checked ? own(true) : untick()));
at("forget").onclick = () => busy(() => "正在删掉…", async () => {
  const {token: dropped} = draft.said;
  emptied();
  await unshelved(dropped);
});
if (navigator.serviceWorker) navigator.serviceWorker.register("/s/worker.js").catch(() => { /* the page needs a network, as before */ });
