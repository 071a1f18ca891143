// The page behind a poster, "/s/{code}": what is there, and a report in as few taps as can be.
// The token stays in this variable: never in the URL, never in storage; the draft: see draft.js and kept.js.
"use strict";
const REMEDIES = {
  "anchor-unknown": "旁边如果贴有新的码，请扫新的。没有的话，请在“智惠国槐”小程序里自己选地点报事，并告诉社区这张码该换了。",
  "code-refused": "请对着短信再填一遍；还不行，就点“没收到？重新发送”，用新来的那一条。",
  "not-a-phone": "请填 11 位的手机号。",
};
const STEPS = ["report", "who", "which", "same", "done"];
const PATIENCE = 20000, SLOW = 2000, GHOST = 400, FIRST_SHOWN = 3; // milliseconds; of a second tap where a button was; entries
const SAYING = {
  waiting: "请稍等，正在打开麦克风…", speaking: "正在听您说，说完松开。", short: "太短了。请按住不放，说完再松开。", done: "",
  allowed: "可以用麦克风了。请再按住说一遍。", denied: "手机没有让本页用麦克风。可以只写字，不影响报事。",
};
const SPOKEN = "请听录音。"; // what stands in place of words when nothing was written
const draft = draftOf(location.pathname.split("/")[2]); // as it stands in the address: a good code needs no escapes
const photos = photosOf(keepSoon), voice = voiceOf(saying);
let token = null, challenge = null, names = {}, working = false, moved = 0;
let seen = null; // what the poster's place showed, and when

async function answered(path, options) {
  const giveUp = new AbortController(), late = setTimeout(() => giveUp.abort(), PATIENCE);
  try {
    const answer = await fetch(path, {...options, cache: "no-store", signal: giveUp.signal});
    if (answer.status === 204) return {answer, said: {}};
    return {answer, said: await answer.json().catch((broken) => { // of a refusal the number is enough; a good answer torn off is none
      if (answer.ok) throw broken;
      return {};
    })};
  } catch {
    throw lost();
  } finally {
    clearTimeout(late);
  }
}

function lost() {
  return Object.assign(new Error("网络没有连上，或者太慢。请看看手机有没有信号，再试一次。"), {passing: true, lost: true});
}

async function call(path, body, method = body ? "POST" : "GET") { // refusals in the language of the page, whatever the phone is set to
  const headers = {"accept-language": "zh-CN", ...(token && {authorization: `Bearer ${token}`}), ...(body && {"content-type": "application/json", "idempotency-key": newToken()})};
  const {answer, said} = await answered(path, {method, headers, ...(body && {body: JSON.stringify(body)})});
  if (answer.ok) return said;
  const passing = answer.status >= 500, kind = String(said.type || "").split("/problems/")[1] || "";
  const words = said.detail || said.title || (passing ? "系统暂时没有回应。" : "没有成功。");
  throw Object.assign(new Error(words + remedy(answer)), {status: answer.status, kind, passing, said});
}

function remedy(answer) {
  const wait = Number(answer.headers.get("retry-after"));
  if (answer.status === 429 && wait) return `（请过 ${wait < 60 ? `${wait} 秒` : wait < 7200 ? `${Math.ceil(wait / 60)} 分钟` : `${Math.ceil(wait / 3600)} 小时`}再试）`;
  return answer.status >= 500 ? "请稍等一会儿，再试一次。" : "";
}

async function busy(words, act) { // one thing at a time: a second tap changes nothing
  if (working) return;
  working = true;
  const began = Date.now();
  at("all").disabled = true;
  at("refused").hidden = true;
  const telling = setInterval(() => {
    if (Date.now() - began > SLOW) at("progress").textContent = `${words()}（已等 ${Math.round((Date.now() - began) / 1000)} 秒）`;
  }, 500);
  try {
    await act();
  } catch (failed) {
    refuse(await strand(failed), () => busy(words, act));
  }
  clearInterval(telling);
  at("progress").textContent = "";
  setTimeout(() => {
    working = false;
    at("all").disabled = false;
    if (challenge && !at("who").hidden) at("code").focus();
  }, Math.max(0, moved + GHOST - Date.now()));
}

function button(words, act, kind) {
  return Object.assign(made("button", words, kind || "second"), {type: "button", onclick: act});
}

function refuse(failed, again) {
  if (failed.status === 401 && token) {
    token = challenge = null;
    step("who");
    failed = new Error("登录已经过期，请再收一次验证码。写好的内容还在。");
  }
  at("refused").replaceChildren(made("p", failed.message));
  if (failed.kind) at("refused").append(...whatToDo(failed.kind));
  if (failed.passing) at("refused").append(button("再试一次", again));
  if (failed.photo) at("refused").append(button(photos.waiting < photos.count ? "不带没传上的，直接报" : "不带照片，直接报", () => {
    photos.leave();
    busy(filing, file);
  }));
  if (failed.keepable) at("refused").append(made("p", "关掉本页，写好的就没有了。"), button("这部手机是我自己的，先存着", () => busy(() => "正在存…", async () => {
    await own(true);
    refuse(await strand(lost()), () => busy(filing, goOn));
  })));
  at("refused").hidden = false;
  at("refused").scrollIntoView({block: "nearest"});
}

function whatToDo(kind) { // each refusal has its page, which says it at length; it opens beside this one, for the draft's sake
  const about = Object.assign(made("a", "这是怎么回事？"), {href: `/problems/${kind}`, target: "_blank", rel: "noopener"});
  return REMEDIES[kind] ? [made("p", REMEDIES[kind]), about] : [about];
}

function step(name) {
  STEPS.forEach((one) => { at(one).hidden = one !== name; });
  at("there").hidden = name !== "report" || !at("open").children.length;
  at("shelf").hidden = !["report", "done"].includes(name) || !at("drafts").children.length;
  at("proof").hidden = !challenge;
  at("refused").hidden = true;
  moved = Date.now();
  scrollTo(0, 0);
}

async function ask() {
  const scan = await call(`/api/v1/anchors/${draft.said.code}`);
  const kinds = await call(`/api/v1/categories?area=${scan.community}`);
  seen = {place: scan.place, asset: scan.asset, category: scan.category, open: scan.open, kinds, at: Date.now()};
  known("");
}

function known(stale) {
  names = Object.fromEntries(seen.kinds.map((one) => [one.code, one.name]));
  at("place").textContent = seen.place;
  at("asset").textContent = seen.asset;
  document.title = `${seen.asset} · 扫码报事`;
  showSome(at("open"), at("more"), seen.open.map(entry));
  at("list").replaceChildren(...seen.kinds.map((one) => new Option(one.name, one.code)));
  choose(names[draft.said.category] ? draft.said.category : seen.category);
  at("kind").hidden = false;
  at("stale").textContent = stale;
  at("stale").hidden = !stale;
}

function unknown() { // no network, and nobody was here before: what is wrong can be written all the same
  at("place").textContent = "没有网络";
  at("asset").textContent = "先写下来，有网络时再报给社区。";
  at("open").replaceChildren();
  at("kind").hidden = at("kinds").hidden = at("finer").hidden = at("questions").hidden = true;
  form();
}

function form() {
  at("text").value = draft.said.text;
  at("danger").checked = Boolean(draft.said.danger);
  at("failed").hidden = true;
  step("report");
  at("forget").hidden = !shelf.own || !written();
}

async function look() {
  try {
    await ask();
    form();
  } catch (failed) {
    if (failed.lost && seen) {
      known(`没有网络。这里的情况是 ${when(seen.at)} 看到的，现在可能变了。`);
      form();
    } else notOpened(failed);
  }
  await listKept();
}

function notOpened(failed) {
  const gone = failed.kind === "anchor-unknown";
  at("place").textContent = gone ? "这个码用不了" : "暂时打不开";
  at("asset").textContent = "";
  at("failed").replaceChildren(made("p", failed.message), ...(gone ? whatToDo(failed.kind) : [button("再试一次", () => busy(() => "正在打开…", look))]));
  if (failed.lost) at("failed").append(button("没有网络，先写下来", () => busy(() => "正在打开…", async () => unknown())));
  at("failed").hidden = false;
}

async function start() { // a draft of this tab, with its photos and voice where they lie on one's own phone
  const [mine] = (await shelf.all().catch(() => [])).filter((one) => one.token === draft.said.token);
  if (mine) await restored(mine);
  await look();
}

function entry(one) {
  const item = made("li", "");
  const day = new Date(one.since).toLocaleDateString("zh-CN", {timeZone: "Asia/Shanghai", month: "long", day: "numeric"});
  item.append(made("strong", names[one.category] || one.category), `：${STATUS[one.status] || one.status}`,
    made("span", one.supporters ? `${one.supporters} 位邻居也遇到` : "还没有邻居说也遇到"),
    made("span", `${day}报的${(one.why || []).map((why) => `，${why}`).join("")}`, "small"), made("span", one.number, "small"));
  return item;
}

function showSome(list, more, items) { // the first few: what one came for is not to lie far below
  const rest = items.slice(FIRST_SHOWN);
  list.replaceChildren(...items.slice(0, FIRST_SHOWN));
  more.hidden = !rest.length;
  more.textContent = `还有 ${rest.length} 件，点开看`;
  more.onclick = () => {
    list.append(...rest);
    more.hidden = true;
  };
}

function choose(category) {
  at("list").value = category;
  at("category").textContent = names[category];
  draft.set(category === draft.said.category ? {} : {category, subcategory: "", answers: {}});
  offerFiner();
  if (written()) keepSoon();
}

async function takePhoto() {
  const [taken] = at("photo").files;
  at("photo").value = "";
  if (taken) await photos.take(taken);
}

function saying(what, seconds) {
  const live = what === "speaking";
  at("talk").classList.toggle("live", live);
  at("talk").textContent = live ? `松开就好（${seconds} 秒）` : voice.taken ? "按住重新说" : "按住说话（可不说）";
  at("saying").textContent = SAYING[what];
  at("listen").hidden = at("unsay").hidden = !voice.taken;
  at("text").required = !voice.taken;
  if (voice.taken) at("listen").textContent = `听一听（${voice.taken.seconds} 秒）`;
  if (what === "done") keepSoon();
}

function unsay() {
  voice.drop();
  saying("done");
}

async function spoken(report) { // a report is worth more than its voice: it stands already
  if (!voice.taken) return "";
  const {blob} = voice.taken, path = `/api/v1/reports/${report}/recordings`;
  at("resay").hidden = true;
  try {
    const granted = await call(path, {kind: "voice", role: "context", content_type: blob.type, size: blob.size});
    await sent(granted.put, blob, () => {});
    await call(`${path}/${granted.id}/submission`, {});
    unsay();
    at("takeable").append(takeable("录音", `${path}/${granted.id}`));
    return "录音也收到了，只有您和社区工作人员能听。";
  } catch {
    at("resay").hidden = false;
    at("resay").onclick = () => busy(() => "正在传录音…", async () => { at("kept").textContent = await spoken(report); });
    return "录音没有传上去。";
  }
}

async function sendCode() {
  const phone = at("phone").value.replace(/[\s-]/g, "");
  challenge = {phone, challenge_id: (await call("/sign-in/code", {phone})).challenge_id};
  at("proof").hidden = false;
  at("ask").textContent = "没收到？重新发送";
}

async function signIn() {
  if (!challenge) return sendCode();
  if (!/^[0-9]{6}$/.test(at("code").value)) throw new Error("请填短信里的 6 位数字。");
  try {
    await enter("/sign-in/phone", {...challenge, code: at("code").value});
  } catch (failed) {
    const asked = whose(failed);
    if (!asked) throw failed;
    askWhich(asked);
  }
}

async function enter(path, body) {
  token = (await call(path, body)).access_token;
  challenge = null;
  at("code").value = "";
}

async function goOn() {
  if (!navigator.onLine) throw lost(); // not after a code was asked for in vain
  if (!seen) await ask();
  mustBeAnswered();
  if (!token) return step("who");
  const likely = draft.said.sent ? [] : await doubles(); // what was sent and not answered would be found as its own double
  if (!likely.length) return file();
  showSome(at("doubles"), at("others"), likely.map((one) => {
    const item = entry(one);
    item.append(button("我也遇到", () => busy(() => "正在记下…", () => support(one))));
    return item;
  }));
  step("same");
}

async function doubles() {
  try {
    return await call("/api/v1/doubles", {category: draft.said.category, anchor: draft.said.code});
  } catch (failed) {
    if (failed.status >= 500 || failed.status === 429) return []; // a report is worth more than the question
    throw failed;
  }
}

async function support(one) {
  at("takeable").replaceChildren();
  const {supporters} = await call(`/api/v1/reports/${one.id}/support`, {});
  await finish("记下了，谢谢您", one.number, [`现在有 ${supporters} 位邻居也遇到这件事。`, "办得怎么样，会发到“智惠国槐”小程序的消息里。"]);
}

async function file() {
  const photoIds = await photos.sent();
  const {text, category, subcategory, code, token: client_token} = draft.said, is_dangerous = Boolean(draft.said.danger);
  draft.set({sent: true});
  await keepNow();
  try {
    const what = {...finest(), text, category, is_dangerous};
    const filed = await call("/api/v1/reports", {...what, anchor: code, client_token, photos: photoIds});
    const same = filed.text.trim() === text && filed.category === category && (filed.subcategory || "") === subcategory;
    if (!same || (is_dangerous && filed.severity === "minor")) return another(filed);
    at("takeable").replaceChildren(...takeablePhotos(filed.id, filed.photos));
    const said = await spoken(filed.id);
    await finish("报好了，谢谢您", filed.number, ["社区工作人员会受理，并安排人来办。", "办得怎么样，会发到“智惠国槐”小程序的消息里，用这个手机号登录就能看到。",
      "办好后请您看一看，打个分；没有办好，可以要求重办。"], (filed.photos.length ? `${filed.photos.length} 张照片也收到了。` : "") + said);
  } catch (failed) {
    if (photos.count && /^(upload|store)/.test(failed.kind)) { // it is not there (any more): once more, or without
      photos.again();
      Object.assign(failed, {passing: true, photo: true});
    } else if (/^(subcategory|attribute)/.test(failed.kind)) { // the community decided otherwise meanwhile: it is asked anew
      await ask();
      form();
    }
    throw failed;
  }
}

async function another(earlier) { // the answer to a draft of before was lost, and other words stand there now
  const {token: filed} = draft.said;
  draft.set({token: newToken(), sent: false});
  await unshelved(filed);
  keepSoon();
  step("report");
  throw new Error(`您刚才那一次其实已经收到，编号 ${earlier.number}。现在写的内容不一样：要另报一件，请再点“报给社区”；不用的话，关掉本页就好。`);
}

function emptied() {
  draft.end();
  photos.drop();
  unsay();
  at("text").value = "";
  at("danger").checked = false;
  stranded = false;
  at("forget").hidden = true;
}

async function finish(thanks, number, next, kept) {
  const {token: filed} = draft.said, {taken} = voice;
  emptied();
  voice.keep(taken); // one that was not sent is offered once more
  at("thanks").textContent = thanks;
  at("number").textContent = number;
  at("kept").textContent = kept || "";
  at("next").replaceChildren(...next.map((one) => made("li", one)));
  step("done");
  await unshelved(filed);
}

const onTap = (id, words, act) => { at(id).onclick = () => busy(() => words, act); };
const onSubmit = (id, words, act) => {
  at(id).onsubmit = (event) => {
    event.preventDefault();
    busy(words, act);
  };
};
const filing = () => (photos.waiting ? `正在传照片，还有 ${photos.waiting} 张…` : "正在报给社区…");

at("text").oninput = () => {
  draft.set({text: at("text").value.trim()});
  keepSoon();
};
at("danger").onchange = () => {
  draft.set({danger: at("danger").checked});
  keepSoon();
};
at("below").onchange = () => chooseBelow(at("below").value);
at("list").onchange = () => choose(at("list").value);
at("change").onclick = () => { at("kinds").hidden = !at("kinds").hidden; };
at("camera").onclick = () => at("photo").click();
at("photo").onchange = () => busy(() => "正在处理照片…", takePhoto);
at("speech").hidden = !voice.can;
at("talk").onpointerdown = (event) => {
  at("talk").setPointerCapture(event.pointerId);
  voice.begin();
};
at("talk").onpointerup = at("talk").onpointercancel = at("talk").onblur = () => voice.end();
at("talk").onkeydown = (event) => { if (event.key === " " && !event.repeat) voice.begin(); };
at("talk").onkeyup = (event) => { if (event.key === " ") voice.end(); };
at("talk").oncontextmenu = (event) => event.preventDefault(); // a long press is meant for us
onTap("listen", "正在播放…", () => voice.play());
at("unsay").onclick = unsay;
onSubmit("report", filing, () => {
  if (!draft.said.text && voice.taken) draft.set({text: SPOKEN});
  if (!draft.said.text) throw new Error("请写一句哪里不对。");
  return goOn();
});
onSubmit("who", filing, async () => {
  if (!token) await signIn();
  if (token) await goOn();
});
onTap("ask", "正在发短信…", sendCode);
at("anew").onclick = () => busy(filing, file);
at("again").onclick = () => busy(() => "正在打开…", () => {
  unsay(); // what belongs to the last one goes with no other
  return look();
});
document.querySelectorAll(".back").forEach((one) => { one.onclick = () => step("report"); });
busy(() => "正在打开…", start);
