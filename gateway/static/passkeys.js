// The page of one's own passkeys: sign in by one or by password, add, rename, remove; what wants it asks for the passkey anew.
// The token stays in this variable: never in the URL, never in storage.
"use strict";
const MINE = "/api/v1/people/me/passkeys";
let token = null, half = null;

async function call(path, body, headers = {}) {
  const signed = token ? {authorization: `Bearer ${token}`, ...headers} : headers;
  const options = body === undefined ? {headers: signed}
    : {method: "POST", headers: {...signed, "content-type": "application/json"}, body: JSON.stringify(body)};
  const answer = await fetch(path, {...options, cache: "no-store"});
  const said = answer.status === 204 ? null : await answer.json();
  if (answer.ok) return said;
  throw Object.assign(new Error(said.detail || said.title), {name: said.type.split("/").pop(), said});
}

const trying = (act) => async (event) => {
  if (event) event.preventDefault();
  at("said").textContent = "";
  try { await act(event); } catch (failed) { at("said").textContent = failed.message; }
};

async function answered(questionPath, answerPath, about = {}) {
  const {ticket, options} = await call(questionPath, about);
  return call(answerPath, {ticket, credential: await usePasskey(options)});
}

async function byPasskey() {
  const session = await answered("/sign-in/passkey/options", "/sign-in/passkey", half ? {challenge: half} : {});
  await enter(session.access_token);
}

async function byPassword({target}) {
  try {
    await enter((await call("/sign-in/password", {login: target.login.value, password: target.password.value})).access_token);
  } catch (failed) {
    if (failed.name === "second-factor-required") {
      half = failed.said.challenge;
      at("sign-in").hidden = true;
      at("enrol").hidden = false;
    }
    if (failed.name !== "second-factor-wanted") throw failed;
    half = failed.said.challenge;
    at("second").hidden = false;
    at("said").textContent = failed.said.methods.includes("passkey") ? "请使用通行密钥，或输入恢复码，完成登录" : failed.message;
  }
}

// Who must have a second factor takes one over on the way in: a passkey of this device, or an authenticator.
async function enrol({target}) {
  const {ticket, options} = await call("/sign-in/enrolment/passkey/options", {challenge: half});
  const credential = await makePasskey(options);
  await enrolled("/sign-in/enrolment/passkey", {challenge: half, ticket, name: target.name.value, credential});
}

async function enrolled(path, said) {
  const made = await call(path, said);
  showCodes(made.recovery_codes);
  await enter(made.access_token);
}

async function offerAuthenticator() {
  at("secret").textContent = (await call("/sign-in/enrolment/authenticator", {challenge: half})).secret;
  at("authenticator").hidden = false;
}

function showCodes(codes) {
  at("paper").hidden = !codes.length;
  at("codes").textContent = codes.join("\n");
}

async function enter(given) {
  token = given;
  at("entrance").hidden = true;
  at("desk").hidden = false;
  await show();
}

// What wants a second factor says so; then the passkey is asked for, and it is done again.
async function surely(act) {
  try {
    return await act();
  } catch (failed) {
    if (failed.name !== "insufficient-user-authentication") throw failed;
    token = (await answered("/sign-in/step-up/passkey/options", "/sign-in/step-up/passkey")).access_token;
    return act();
  }
}

async function add({target}) {
  const password = target.password.value || undefined;
  const {ticket, options} = await surely(() => call(`${MINE}/options`, {password}));
  const credential = await makePasskey(options);
  const key = crypto.randomUUID(), said = {ticket, name: target.name.value, credential};
  const made = await surely(() => call(MINE, said, {"idempotency-key": key}));
  showCodes(made.recovery_codes);
  target.reset();
  await show();
}

async function rename(one) {
  const name = window.prompt("新的名称", one.name);
  if (name) await call(`${MINE}/${one.id}/renaming`, {name});
  await show();
}

async function remove(one) {
  if (!window.confirm(`移除“${one.name}”？移除后它不能再用来登录，您会在所有设备上退出登录。`)) return;
  await surely(() => call(`${MINE}/${one.id}/removal`, {}));
  leave();
  at("said").textContent = "已移除，并已在所有设备上退出登录，请重新登录。";
}

// Back to the entrance, as nobody.
function leave() {
  token = half = null;
  for (const form of ["sign-in", "second", "enrol", "authenticator", "add"]) at(form).reset();
  for (const hidden of ["second", "enrol", "authenticator", "paper", "desk"]) at(hidden).hidden = true;
  for (const shown of ["sign-in", "entrance"]) at(shown).hidden = false;
  for (const told of ["mine", "secret", "codes"]) at(told).replaceChildren();
}

async function show() {
  const mine = await call(MINE);
  const moment = (said) => new Date(said).toLocaleString("zh-CN", {timeZone: "Asia/Shanghai", hour12: false, dateStyle: "medium", timeStyle: "short"});
  at("with-password").hidden = (await call("/api/v1/people/me")).second_factor;
  at("mine").replaceChildren(...mine.map((one) => {
    const left = made("span", one.name), right = made("span");
    left.append(document.createElement("br"), made("span", one.last_used_at ? `上次使用 ${moment(one.last_used_at)}` : `登记于 ${moment(one.created_at)}`, "dim"));
    right.append(Object.assign(made("button", "改名"), {onclick: trying(() => rename(one))}), " ",
      Object.assign(made("button", "移除"), {onclick: trying(() => remove(one))}));
    return row(left, right);
  }));
  if (!mine.length) at("mine").replaceChildren(made("li", "还没有登记。", "dim"));
}

at("sign-in").onsubmit = trying(byPassword);
at("second").onsubmit = trying(async ({target}) => {
  await enter((await call("/sign-in/second-factor", {challenge: half, code: target.code.value})).access_token);
});
at("enrol").onsubmit = trying(enrol);
at("other").onclick = trying(offerAuthenticator);
at("authenticator").onsubmit = trying(({target}) => enrolled("/sign-in/enrolment/authenticator/proof", {challenge: half, code: target.code.value}));
at("by-passkey").onclick = trying(byPasskey);
at("add").onsubmit = trying(add);
