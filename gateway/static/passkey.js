// Passkeys in a browser: how a question of ours becomes its own, and its answer one of ours; and the button of the sign-in page.
"use strict";
const ofText = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const asText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function credentialSaid(made, names) {
  const response = Object.fromEntries(names.filter((name) => made.response[name]).map((name) => [name, asText(made.response[name])]));
  return {id: made.id, rawId: asText(made.rawId), type: made.type, response};
}

async function asksDevice(act) {
  if (!window.PublicKeyCredential) throw new Error("此浏览器不支持通行密钥，请换用其他方式");
  try {
    return await act();
  } catch (failed) {
    if (failed.name === "InvalidStateError") throw new Error("这台设备上已有此账号的通行密钥");
    if (failed.name === "NotAllowedError") throw new Error("没有完成验证：已取消、已超时，或这台设备上没有通行密钥");
    throw failed;
  }
}

async function usePasskey(options) {
  const made = await asksDevice(() => navigator.credentials.get({publicKey: {...options, challenge: ofText(options.challenge)}}));
  return credentialSaid(made, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);
}

async function makePasskey(options) {
  const known = options.excludeCredentials.map((one) => ({...one, id: ofText(one.id)}));
  const user = {...options.user, id: ofText(options.user.id)};
  const asked = {...options, challenge: ofText(options.challenge), user, excludeCredentials: known};
  const made = await asksDevice(() => navigator.credentials.create({publicKey: asked}));
  return credentialSaid(made, ["clientDataJSON", "attestationObject"]);
}

document.querySelectorAll("form[data-passkey]").forEach((form) => {
  form.onsubmit = async (event) => {
    event.preventDefault();
    const said = form.querySelector(".problem");
    said.textContent = "";
    try {
      form.elements.passkey.value = JSON.stringify(await usePasskey(JSON.parse(form.dataset.passkey)));
      form.submit();
    } catch (failed) {
      said.textContent = failed.message;
    }
  };
});
