// How staff come in at a page of theirs: by password, by passkey, or as somebody of the demo. Each page says itself what `enter` does.
"use strict";
const post = (path, body) => asked(path, {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(body)});
const byPassword = (login, password) => post("/sign-in/password", {login, password});

async function byPasskey() {
  const {ticket, options} = await post("/sign-in/passkey/options", {});
  return post("/sign-in/passkey", {ticket, credential: await usePasskey(options)});
}

async function showAccounts(roles) {
  let known;
  try { known = await asked("/demo/accounts"); } catch { return; }
  at("demo").hidden = false;
  at("staff").replaceChildren(...known.staff.filter((one) => roles.has(one.role)).map((one) => {
    const button = Object.assign(made("button", "以此身份登录"), {onclick: () => enter(() => byPassword(one.login, known.password))});
    return row(made("span", `${one.name} · ${one.where}`), button);
  }));
}

at("sign-in").onsubmit = (event) => {
  event.preventDefault();
  enter(() => byPassword(event.target.login.value, event.target.password.value));
};
at("by-passkey").onclick = () => enter(byPasskey);
