// The page at "/": what runs, who one may be, what the simulated phones show, what happens live.
// The token stays in this variable: never in the URL, never in storage.
"use strict";
let session = null;
let listening = null;
const ROLES = {grid_worker: "网格员", courtyard_lead: "院落长", community_officer: "社区干部", subdistrict_officer: "街道干部",
  doctor: "家庭医生", hut_staff: "健康小屋", guard: "门岗", admin: "管理员"};
const TOPICS = {"reports.report_submitted.v1": "新报事", "reports.report_accepted.v1": "报事已受理", "reports.report_assigned.v1": "报事已派单",
  "reports.report_returned.v1": "报事被退回", "reports.report_started.v1": "报事处置中", "reports.report_resolved.v1": "报事已办结",
  "reports.report_rated.v1": "居民已评价", "reports.report_closed.v1": "报事已归档", "reports.report_reopened.v1": "居民要求重办",
  "notify.notice_added.v1": "新通知", "gate.barrier_commanded.v1": "大门开启指令", "health.appointment_booked.v1": "问诊预约成功"};
const at = (id) => document.getElementById(id);

function made(tag, text, kind) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (kind) node.className = kind;
  return node;
}

function row(left, right) {
  const item = document.createElement("li");
  item.append(left, right);
  return item;
}

async function ask(path, body) {
  const headers = session ? {authorization: `Bearer ${session.access_token}`} : {};
  const how = body === undefined ? {headers} : {method: "POST", headers: {...headers, "content-type": "application/json"}, body: JSON.stringify(body)};
  const answer = await fetch(path, how);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.detail || said.title || `HTTP ${answer.status}`);
  return said;
}

async function showParts() {
  try {
    const {parts} = await ask("/status");
    at("parts").replaceChildren(...Object.entries(parts).map(([name, state]) =>
      row(made("span", name), made("span", state === "ready" ? "正常" : "未就绪", state === "ready" ? "good" : "bad"))));
  } catch (failed) {
    at("parts").replaceChildren(made("li", `无法查询：${failed.message}`, "problem"));
  }
}

async function showPhones() {
  const messages = await ask("/demo/messages");
  if (!messages.length) return;
  at("phones").replaceChildren(...messages.slice(0, 20).map((one) => {
    const phone = made("div", one.text, "phone");
    phone.prepend(made("div", `${one.phone} · ${new Date(one.at).toLocaleTimeString("zh-CN", {timeZone: "Asia/Shanghai"})}`, "dim"));
    return phone;
  }));
}

async function codeFor(challenge) {
  for (let tries = 0; tries < 50; tries++) {
    const message = (await ask("/demo/messages")).find((one) => one.out_id === challenge);
    if (message) return message.code;
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error("验证码没有到达手机");
}

async function signInResident(person) {
  const {challenge_id} = await ask("/sign-in/code", {phone: person.phone});
  const code = await codeFor(challenge_id);
  await showPhones();
  return ask("/sign-in/phone", {challenge_id, phone: person.phone, code});
}

async function become(person, button, signIn) {
  button.disabled = true;
  session = null;
  try {
    session = await signIn();
    await showMe(person);
    listen();
  } catch (failed) {
    at("me").replaceChildren(made("p", failed.message, "problem"));
  } finally {
    button.disabled = false;
  }
}

async function showMe(person) {
  const inbox = await ask("/api/v1/inbox");
  const reports = await ask("/api/v1/reports?limit=5");
  const list = document.createElement("ul");
  list.append(...reports.items.map((one) => row(made("span", one.text), made("span", one.status, "dim"))));
  at("me").className = "";
  at("me").replaceChildren(made("strong", person.name), made("p", `${person.where}　未读通知 ${inbox.unread} 条，可见报事 ${reports.total} 件`, "dim"), list);
}

async function listen() {
  if (listening) listening.abort();
  listening = new AbortController();
  at("live").replaceChildren(made("li", "正在等待…", "dim"));
  try {
    const answer = await fetch("/api/v1/live", {headers: {authorization: `Bearer ${session.access_token}`}, signal: listening.signal});
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const {value, done} = await reader.read();
      if (done) break;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      blocks.forEach(showHint);
    }
    at("live").prepend(made("li", "连接已结束，请重新登录", "dim"));
  } catch (failed) {
    if (failed.name !== "AbortError") at("live").prepend(made("li", `连接中断：${failed.message}`, "problem"));
  }
}

function showHint(block) {
  const said = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
  if (!said.event || said.event === "reset") return;
  const data = JSON.parse(said.data);
  at("live").prepend(row(made("span", TOPICS[said.event] || said.event), made("span", `${new Date().toLocaleTimeString("zh-CN", {timeZone: "Asia/Shanghai"})} ${data.area}`, "dim")));
}

async function showAccounts() {
  let known;
  try { known = await ask("/demo/accounts"); } catch { return; }
  at("demo").hidden = false;
  const entry = (person, label, signIn) => {
    const button = made("button", "以此身份登录");
    button.onclick = () => become(person, button, signIn);
    const left = made("span", person.name);
    left.append(document.createElement("br"), made("span", label, "dim"));
    return row(left, button);
  };
  at("staff").replaceChildren(...known.staff.map((one) => entry(one, `${ROLES[one.role] || one.role} · ${one.where}`,
    () => ask("/sign-in/password", {login: one.login, password: known.password}))));
  at("residents").replaceChildren(...known.residents.map((one) => entry(one, `${one.phone} · ${one.where}`, () => signInResident(one))));
  await showPhones();
}

showParts();
showAccounts();
setInterval(showParts, 5000);
setInterval(() => { if (!at("demo").hidden) showPhones().catch(() => {}); }, 3000);
