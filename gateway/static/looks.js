// The page at "/looks": what was not let pass waits for somebody to look; it is shown when they ask for it, and decided by two buttons.
// The token stays in this variable: never in the URL, never in storage.
"use strict";
const LOOKS = new Set(["courtyard_lead", "community_officer", "subdistrict_officer"]), AT_ONCE = 20, SLOW = 1500;
const KINDS = {text: "文字", photo: "照片", video: "录像"}, STATES = {blocked: "已拦截", review: "待查看"};
const GONE = "内容已不在（可能已按本人要求删除），没有可以公开的，请选“不公开”。", USUAL = "内容不宜公开。";
let token = null, cursor = null;

async function call(path, body) {
  const options = {cache: "no-store", headers: {authorization: `Bearer ${token}`, "accept-language": "zh-CN"}};
  if (body) Object.assign(options, {method: "POST", body: JSON.stringify(body)}), options.headers["content-type"] = "application/json";
  const answer = await fetch(path, options).catch(() => { throw new Error("网络没有连上，请检查后再试。"); });
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  const words = answer.status >= 500 ? "系统暂时没有回应，请稍等再试。" : said.detail || said.title || "没有成功，请再试一次。";
  throw Object.assign(new Error(words), {status: answer.status, kind: String(said.type || "").split("/problems/")[1] || ""});
}

async function busy(words, act, again) { // a second press changes nothing; whoever waits is told so
  const buttons = [...document.querySelectorAll("#desk button:not(:disabled)")];
  buttons.forEach((one) => { one.disabled = true; });
  at("failed").replaceChildren();
  const telling = setTimeout(() => { at("said").textContent = words; }, SLOW);
  try {
    await act();
  } catch (failed) {
    if (failed.status === 401) return out();
    at("failed").replaceChildren(failed.message, " ", button("再试一次", again || (() => busy(words, act))));
  } finally {
    clearTimeout(telling);
    if (at("said").textContent === words) at("said").textContent = "";
    buttons.forEach((one) => { one.disabled = false; });
  }
}

function button(words, act, kind) {
  return Object.assign(made("button", words, kind), {type: "button", onclick: act});
}

function out() {
  token = null;
  at("desk").hidden = true;
  at("entrance").hidden = false;
  at("refused").textContent = "登录已过期，请重新登录。";
}

async function enter(signIn) {
  at("refused").textContent = "";
  try {
    token = (await signIn()).access_token;
    if (!(await call("/api/v1/people/me")).roles.some((one) => LOOKS.has(one.role))) throw new Error("内容复核由院落长、社区或街道干部进行，您的职责不包含此项。");
    at("entrance").hidden = true;
    at("desk").hidden = false;
    await begin();
  } catch (failed) {
    at("refused").textContent = failed.message;
  }
}

function begin() {
  at("waiting").replaceChildren();
  cursor = null;
  return busy("正在载入…", more);
}

async function more() {
  const found = await call(`/api/v1/checks?waiting=true&limit=${AT_ONCE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
  cursor = found.next;
  at("waiting").append(...found.items.map(item));
  at("more").hidden = !cursor;
  count();
}

function count() {
  const many = at("waiting").children.length;
  at("said").textContent = many ? `还有 ${cursor ? "至少 " : ""}${many} 项待复核。` : cursor ? "这些都看完了，还有更多。" : "没有待复核的内容。";
}

function item(one) {
  const card = made("li", ""), title = made("h2", `报事 ${one.number} 的${KINDS[one.kind] || "内容"}`), shown = made("div", "");
  const since = new Date(one.waiting_since).toLocaleString("zh-CN", {timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "short", hour12: false});
  title.tabIndex = -1;
  const look = button("查看内容", () => busy("正在打开…", async () => {
    shown.replaceChildren(...await content(one), choice(one, card));
    look.hidden = true;
    title.focus();
  }));
  card.append(title, made("p", `${STATES[one.state] || one.state}，自 ${since} 起等待`, "dim"), look, shown);
  return card;
}

async function content(one) { // each opening is written down for whose report it is, so nothing is opened before it is asked for
  const path = `/api/v1/reports/${one.report_id}`;
  if (one.kind === "text") return [made("blockquote", (await call(path)).text)];
  const found = (await call(`${path}/${one.kind === "photo" ? "photos" : "recordings"}`)).find((it) => it.id === one.subject_id);
  if (!found || !found.url) return [made("p", GONE)];
  const node = document.createElement(one.kind === "photo" ? "img" : "video"), line = made("p", "", "problem");
  line.setAttribute("role", "alert");
  node.onerror = () => line.replaceChildren("没有显示出来：链接十分钟内有效。", button("重新打开", () => busy("正在打开…", async () => {
    const [fresh] = await content(one);
    node.parentNode.replaceChild(fresh, node);
    line.remove();
  })));
  Object.assign(node, one.kind === "photo" ? {alt: `报事 ${one.number} 的照片`, src: found.url} : {controls: true, preload: "metadata", src: found.url, poster: found.poster_url || ""});
  return [node, line];
}

function choice(one, card) {
  const path = `/api/v1/checks/${one.id}`, pair = made("div", "", "pair"), why = reason(one, card, path);
  pair.append(button("可以公开", () => decide(card, `${path}/clearance`, {}, "已放行")), button("不公开", () => {
    why.hidden = false;
    why.querySelector("textarea").focus();
  }, "no"));
  const box = made("div", "");
  box.append(pair, why);
  return box;
}

function reason(one, card, path) { // whose report it is reads it
  const form = document.createElement("form"), label = made("label", "原因（报事人会看到，请不要写姓名、电话）"), text = document.createElement("textarea");
  Object.assign(text, {value: USUAL, required: true, maxLength: 2000});
  label.append(text);
  const pair = made("div", "", "pair");
  pair.append(made("button", one.kind === "text" ? "确定不公开（尚未办理的报事将不予受理）" : "确定不公开", "no"), button("取消", () => { form.hidden = true; }));
  form.append(label, pair);
  form.hidden = true;
  form.onsubmit = (event) => {
    event.preventDefault();
    decide(card, `${path}/rejection`, {reason: text.value.trim() || USUAL}, "已记为不公开");
  };
  return form;
}

function decide(card, path, body, words) {
  return busy("正在保存…", async () => {
    let told = words;
    try {
      await call(path, body);
    } catch (failed) {
      if (failed.kind !== "not-to-be-looked-at" && failed.status !== 404) throw failed;
      told = "已由其他人处理"; // of several who decide one does: it is gone from this list, too
    }
    const next = card.nextElementSibling || card.previousElementSibling;
    card.remove();
    count();
    at("said").prepend(`${told}。`);
    if (next) next.querySelector("h2").focus();
  });
}

at("more").onclick = () => busy("正在载入…", more);
showAccounts(LOOKS);
