// The page at "/settings": who may, reads what a community promises and changes it by version.
// The token stays in this variable: never in the URL, never in storage.
"use strict";
const READS = new Set(["community_officer", "subdistrict_officer", "admin"]), WRITES = new Set(["community_officer", "admin"]);
const PARTS = {duty: "值班时段", resolve: "各类别的办结时限", households: "住户数", ...Object.fromEntries([...TIMES, ...COUNTS].map(([name, word]) => [name, word]))};
let token = null, roles = [], categories = [], held = null, collect = null;

async function call(path, options = {}) {
  const answer = await fetch(path, {...options, cache: "no-store", headers: {authorization: `Bearer ${token}`, ...options.headers}});
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said.detail || said.title), {status: answer.status, errors: said.errors || []});
  return {said, tag: answer.headers.get("etag")};
}

function say(text, kind) {
  at("said").className = kind || "";
  at("said").replaceChildren(text);
}

const within = (area, place) => place === area || place.startsWith(`${area}.`);
const holds = (wanted, place) => roles.some((one) => wanted.has(one.role) && within(one.area, place));

async function enter(signIn) {
  at("refused").textContent = "";
  try {
    token = (await signIn()).access_token;
    roles = (await call("/api/v1/people/me")).said.roles;
    categories = (await call("/api/v1/categories")).said;
    const all = (await call("/api/v1/areas?kind=community&limit=100")).said.items;
    const mine = all.filter((one) => holds(READS, one.path));
    if (!mine.length) throw new Error("您的职责不包含查看社区设定");
    at("community").replaceChildren(...mine.map((one) => new Option(one.name, one.path)));
    at("entrance").hidden = true;
    at("desk").hidden = false;
    await show();
  } catch (failed) {
    at("refused").textContent = failed.message;
  }
}

async function show() {
  const area = at("community").value;
  try {
    const {said, tag} = await call(`/api/v1/settings/${area}`);
    draw(area, said, tag);
    say("");
  } catch (failed) {
    say(failed.message, "problem");
  }
}

function draw(area, said, tag) {
  held = {area, tag};
  collect = termsForm(at("terms"), said.terms, categories, area);
  const version = Number(tag.replaceAll('"', ""));
  at("version").textContent = version ? `第 ${version} 版，${when(said.decided_at)} 起` : "尚未约定，按平台默认";
  if (!holds(WRITES, area)) {
    at("terms").querySelectorAll("input, select, button").forEach((one) => { one.disabled = true; });
    at("version").append("；您只能查看");
  }
  showHistory(area);
}

const when = (moment) => new Date(moment).toLocaleString("zh-CN", {timeZone: "Asia/Shanghai", hour12: false, dateStyle: "medium", timeStyle: "short"});

async function showHistory(area) {
  const {items, next} = (await call(`/api/v1/settings/${area}/versions?limit=20`)).said;
  const told = items.map((one, n) => {
    const now = inWords(one, categories), older = items[n + 1] && inWords(items[n + 1], categories);
    const changed = older ? [...now].filter(([name, value]) => older.get(name) !== value) : [];
    const line = made("span", older ? "" : next ? "更早的版本见接口" : "首次约定");
    changed.forEach(([name, value]) => line.append(made("div", `${name}：${older.get(name)} → ${value}`)));
    if (older && !changed.length) line.append("内容未变");
    return row(line, made("span", `第 ${one.version} 版　${when(one.decided_at)}`, "dim"));
  });
  at("history").replaceChildren(...(told.length ? told : [made("li", "还没有修改过。", "dim")]));
}

async function save() {
  const button = at("terms").querySelector("button:not([type])");
  button.disabled = true;
  const options = {method: "PUT", headers: {"content-type": "application/json", "if-match": held.tag}, body: JSON.stringify(collect())};
  try {
    const {said, tag} = await call(`/api/v1/settings/${held.area}`, options);
    draw(held.area, said, tag);
    say("已保存，即刻生效。");
  } catch (failed) {
    button.disabled = false;
    say(refusal(failed), "problem");
    if (failed.status === 412) at("said").append(" ", Object.assign(made("button", "载入最新约定"), {type: "button", onclick: show}));
  }
  at("said").scrollIntoView({block: "center"});
}

function refusal(failed) {
  const names = failed.errors.map((one) => PARTS[one.pointer.split("/")[1]]).filter(Boolean);
  return names.length ? `${failed.message}：${[...new Set(names)].join("、")}` : failed.message;
}

at("terms").onsubmit = (event) => {
  event.preventDefault();
  save();
};
at("community").onchange = show;
showAccounts(READS);
