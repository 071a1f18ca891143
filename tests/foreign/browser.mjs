// A person's browser without scripts: opens the page, fills in the form, says where the form came from, goes where it is led.

const unescaped = (text) => text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

function form(page, index) {
  const text = page.split("<form")[index + 1].split("</form>")[0];
  const hidden = [...text.matchAll(/type="hidden" name="([a-z_]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescaped(value)]);
  return { action: text.match(/action="([^"]+)"/)[1], fields: Object.fromEntries(hidden) };
}

async function send(origin, found, filled) {
  const body = new URLSearchParams({ ...found.fields, ...filled });
  const answer = await fetch(`${origin}${found.action}`, { method: "POST", body, headers: { origin }, redirect: "manual" });
  if (answer.status !== 303) throw new Error(`the form was answered with ${answer.status}: ${await answer.text()}`);
  return new URL(answer.headers.get("location"));
}

export async function signIn(url, login, password) {
  const page = await fetch(url, { redirect: "manual" });
  if (page.status !== 200) return new URL(page.headers.get("location"));
  return send(new URL(url).origin, form(await page.text(), 1), { login, password });
}

export async function signOut(url) {
  const page = await fetch(url);
  return send(new URL(url).origin, form(await page.text(), 0), {});
}

export async function told() {
  let text = "";
  for await (const part of process.stdin) text += part;
  return JSON.parse(text);
}
