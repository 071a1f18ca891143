// The page behind a poster, "/s/{code}": what is there, and a report in as few taps as can be.
// The token stays in this variable: never in the URL, never in storage; the draft: see draft.js.
"use strict";
const CODE = location.pathname.split("/")[2], ANCHOR = `/api/v1/anchors/${CODE}`; // as it stands in the address: a good code needs no escapes
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
const draft = draftOf(CODE), voice = voiceOf(saying);
let token = null, challenge = null, photo = null, names = {}, working = false, moved = 0;

async function answered(path, options) {
  const giveUp = new AbortController(), late = setTimeout(() => giveUp.abort(), PATIENCE);
  try {
    const answer = await fetch(path, {...options, cache: "no-store", signal: giveUp.signal});
    return {answer, said: await answer.json().catch((broken) => { // of a refusal the number is enough; a good answer torn off is none
      if (answer.ok) throw broken;
      return {};
    })};
  } catch {
    throw Object.assign(new Error("网络没有连上，或者太慢。请看看手机有没有信号，再试一次。"), {passing: true});
  } finally {
    clearTimeout(late);
  }
}

async function call(path, body) { // refusals in the language of the page, whatever the phone is set to
  const headers = {"accept-language": "zh-CN", ...(token && {authorization: `Bearer ${token}`}), ...(body && {"content-type": "application/json", "idempotency-key": newToken()})};
  const {answer, said} = await answered(path, body ? {method: "POST", headers, body: JSON.stringify(body)} : {headers});
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
    refuse(failed, () => busy(words, act));
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
  if (failed.photo) at("refused").append(button("不带照片，直接报", () => { dropPhoto(); busy(() => "正在报给社区…", file); }));
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
  at("proof").hidden = !challenge;
  at("refused").hidden = true;
  moved = Date.now();
  scrollTo(0, 0);
}

async function look() {
  try {
    const [scan, kinds] = await Promise.all([call(ANCHOR), call("/api/v1/categories")]);
    names = Object.fromEntries(kinds.map((one) => [one.code, one.name]));
    at("place").textContent = scan.place;
    at("asset").textContent = scan.asset;
    document.title = `${scan.asset} · 扫码报事`;
    showSome(at("open"), at("more"), scan.open.map(entry));
    at("list").replaceChildren(...kinds.map((one) => new Option(one.name, one.code)));
    at("text").value = draft.said.text;
    choose(names[draft.said.category] ? draft.said.category : scan.category);
    at("failed").hidden = true;
    step("report");
  } catch (failed) {
    const gone = failed.kind === "anchor-unknown";
    at("place").textContent = gone ? "这个码用不了" : "暂时打不开";
    at("failed").replaceChildren(made("p", failed.message), ...(gone ? whatToDo(failed.kind) : [button("再试一次", () => busy(() => "正在打开…", look))]));
    at("failed").hidden = false;
  }
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
  draft.set({category});
}

async function takePhoto() {
  const [taken] = at("photo").files;
  at("photo").value = "";
  if (!taken) return;
  photo = await shrunk(taken);
  at("shot").replaceChildren(photo.canvas);
  at("shot").hidden = at("unshoot").hidden = false;
  at("camera").textContent = "重新拍一张";
}

function dropPhoto() {
  photo = null;
  at("shot").replaceChildren();
  at("shot").hidden = at("unshoot").hidden = true;
  at("camera").textContent = "拍一张照片（可不拍）";
}

function saying(what, seconds) {
  const live = what === "speaking";
  at("talk").classList.toggle("live", live);
  at("talk").textContent = live ? `松开就好（${seconds} 秒）` : voice.taken ? "按住重新说" : "按住说话（可不说）";
  at("saying").textContent = SAYING[what];
  at("listen").hidden = at("unsay").hidden = !voice.taken;
  at("text").required = !voice.taken;
  if (voice.taken) at("listen").textContent = `听一听（${voice.taken.seconds} 秒）`;
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
    return await call("/api/v1/doubles", {category: draft.said.category, anchor: CODE});
  } catch (failed) {
    if (failed.status >= 500 || failed.status === 429) return []; // a report is worth more than the question
    throw failed;
  }
}

async function support(one) {
  const {supporters} = await call(`/api/v1/reports/${one.id}/support`, {});
  finish("记下了，谢谢您", one.number, [`现在有 ${supporters} 位邻居也遇到这件事。`, "办得怎么样，会发到“智惠国槐”小程序的消息里。"]);
}

async function uploaded() {
  if (photo.id) return photo.id;
  const {blob} = photo;
  try {
    const grant = await call("/api/v1/uploads?for=reports", {kind: "report-photo", content_type: "image/jpeg", size: blob.size});
    await sent(grant, blob, (percent) => { photo.percent = percent; });
    photo.id = grant.id;
  } catch (failed) {
    if (failed.status !== 401) Object.assign(failed, {passing: true, photo: true});
    throw failed;
  }
  return photo.id;
}

async function file() {
  const photos = photo ? [await uploaded()] : [];
  const {text, category, token: client_token} = draft.said;
  draft.set({sent: true});
  try {
    const filed = await call("/api/v1/reports", {text, category, anchor: CODE, client_token, photos});
    if (filed.text.trim() !== text || filed.category !== category) return another(filed);
    const said = await spoken(filed.id);
    finish("报好了，谢谢您", filed.number, ["社区工作人员会受理，并安排人来办。", "办得怎么样，会发到“智惠国槐”小程序的消息里，用这个手机号登录就能看到。",
      "办好后请您看一看，打个分；没有办好，可以要求重办。"], (filed.photos.length ? "照片也收到了。" : "") + said);
  } catch (failed) {
    if (photo && /^(upload|store)/.test(failed.kind)) { // it is not there (any more): once more, or without
      photo.id = null;
      Object.assign(failed, {passing: true, photo: true});
    }
    throw failed;
  }
}

function another(earlier) { // the answer to a draft of before was lost, and other words stand there now
  draft.set({token: newToken(), sent: false});
  step("report");
  throw new Error(`您刚才那一次其实已经收到，编号 ${earlier.number}。现在写的内容不一样：要另报一件，请再点“报给社区”；不用的话，关掉本页就好。`);
}

function finish(thanks, number, next, kept) {
  draft.end();
  dropPhoto();
  at("text").value = "";
  at("thanks").textContent = thanks;
  at("number").textContent = number;
  at("kept").textContent = kept || "";
  at("next").replaceChildren(...next.map((one) => made("li", one)));
  step("done");
}

const onTap = (id, words, act) => { at(id).onclick = () => busy(() => words, act); };
const onSubmit = (id, words, act) => {
  at(id).onsubmit = (event) => {
    event.preventDefault();
    busy(words, act);
  };
};
const filing = () => (photo && !photo.id ? `正在传照片 ${photo.percent || 0}%…` : "正在报给社区…");

at("text").oninput = () => draft.set({text: at("text").value.trim()});
at("list").onchange = () => choose(at("list").value);
at("change").onclick = () => { at("kinds").hidden = !at("kinds").hidden; };
at("camera").onclick = () => at("photo").click();
at("photo").onchange = () => busy(() => "正在处理照片…", takePhoto);
at("unshoot").onclick = dropPhoto;
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
at("again").onclick = () => busy(() => "正在打开…", look);
document.querySelectorAll(".back").forEach((one) => { one.onclick = () => step("report"); });
busy(() => "正在打开…", look);
