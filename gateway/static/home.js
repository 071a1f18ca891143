// The page at "/": what runs, what happens, who one may be, what the simulated phones show.
// The token stays in this variable: never in the URL, never in storage.
"use strict";
let session = null;
let listening = null;
const SERVICES = {identity: "身份", reports: "报事", gate: "门岗", health: "健康小屋", notify: "通知", edge: "入口"};
const PARTS = {postgres: "数据库", rabbitmq: "消息总线", store: "照片库"};
const GROUPS = [["services", "服务", SERVICES], ["workers", "后台进程", SERVICES], ["parts", "基础部件", PARTS]];

function ask(path, body) {
  const headers = session ? {authorization: `Bearer ${session.access_token}`} : {};
  if (body === undefined) return asked(path, {headers});
  return asked(path, {method: "POST", headers: {...headers, "content-type": "application/json"}, body: JSON.stringify(body)});
}

async function showParts() {
  try {
    const state = await ask("/status");
    at("parts").className = "";
    at("parts").replaceChildren(...GROUPS.map(([group, title, names]) => {
      const line = made("div", "", "states");
      line.append(made("strong", title), ...Object.entries(state[group]).map(([name, said]) =>
        Object.assign(made("span", names[name] || name, said === "ready" ? "good" : "bad"), {title: `${name}: ${said}`})));
      return line;
    }));
  } catch (failed) {
    at("parts").replaceChildren(made("p", `无法查询：${failed.message}`, "problem"));
  }
}

async function showEvents() {
  const events = await ask("/demo/events");
  at("pulse").textContent = events.length ? `· ${clock(Date.now())} 更新` : "";
  if (!events.length) return;
  at("events").replaceChildren(...events.map((one) => {
    const what = made("span", TOPICS[one.topic] || one.topic);
    what.title = `${one.topic}\n${one.subject}`;
    const where = made("span", `${clock(one.at)}　${one.place} `, "dim");
    if (one.trace_id) where.append(Object.assign(made("a", "链路"), {href: `/traces#${one.trace_id}`}));
    return row(what, where);
  }));
}

async function showPhones() {
  const messages = await ask("/demo/messages");
  if (!messages.length) return;
  at("phones").replaceChildren(...messages.slice(0, 20).map((one) => {
    const phone = made("div", one.text, "bubble");
    phone.prepend(made("div", `${one.phone} · ${clock(one.at)}`, "dim"));
    return phone;
  }));
}

async function codeFor(challenge) {
  for (let tries = 0; tries < 50; tries++) {
    const message = (await ask("/demo/messages")).find((one) => one.out_id === challenge);
    if (message) return message.code;
    await new Promise((later) => setTimeout(later, 200));
  }
  throw new Error("验证码没有到达手机，请稍后重试");
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
    at("me").scrollIntoView({behavior: "smooth", block: "nearest"});
  } catch (failed) {
    at("me").replaceChildren(made("p", failed.message, "problem"));
  } finally {
    button.disabled = false;
  }
}

async function showMe(person) {
  const inbox = await ask("/api/v1/inbox");
  const reports = await ask("/api/v1/reports?limit=8");
  const list = document.createElement("ul");
  list.append(...reports.items.map((one) => row(made("span", one.text), made("span", `${one.number}　${STATUS[one.status] || one.status}`, "dim"))));
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
  at("live").prepend(row(made("span", TOPICS[said.event] || said.event), made("span", `${clock(Date.now())} ${data.area}`, "dim")));
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
  again(showPhones, 3000);
  again(showEvents, 2000);
}

function again(show, pause) {
  show().catch(() => {}).finally(() => setTimeout(() => again(show, pause), document.hidden ? pause * 5 : pause));
}

again(showParts, 5000);
showAccounts();
