// openid-client, unchanged, through every flow of ours; prints the names of those it completed.
import assert from "node:assert/strict";
import { importJWK } from "jose";
import * as client from "openid-client";
import { signIn, signOut, told } from "./browser.mjs";

const { origin, web, service, key, login, password, back, gone, pairwise } = await told();
const done = [];
const insecure = { execute: [client.allowInsecureRequests] }; // plain http on this machine alone
const server = new URL(origin);

const desk = await client.discovery(server, web, undefined, client.None(), insecure);
const proof = client.PrivateKeyJwt({ key: await importJWK(key, "ES256"), kid: key.kid });
const ours = await client.discovery(server, service, undefined, proof, insecure);
assert.equal(desk.serverMetadata().issuer, origin);
done.push("discovery");

async function authorized(more) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const url = client.buildAuthorizationUrl(desk, {
    redirect_uri: back, scope: "openid profile", state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256", ...more,
  });
  const answer = await signIn(url, login, password);
  return client.authorizationCodeGrant(desk, answer, { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 300 });
}

client.enableNonRepudiationChecks(desk); // it checks the signature of the identity token with our keys
const first = await authorized({ max_age: "300" });
const who = first.claims();
assert.ok(who.sub && who.auth_time && who.at_hash);
done.push("code with PKCE");

await assert.rejects(authorized({ prompt: "none" }), { error: "login_required" });
done.push("errors at the redirect address");

const next = await client.refreshTokenGrant(desk, first.refresh_token);
assert.notEqual(next.refresh_token, first.refresh_token);
done.push("refresh");

const person = await client.fetchUserInfo(desk, next.access_token, who.sub);
assert.ok(person.name);
await assert.rejects(
  client.fetchProtectedResource(desk, next.access_token, new URL(`${origin}/api/v1/people/me`), "GET"),
  (refused) => refused.status === 403 && refused.cause[0].parameters.error === "insufficient_scope",
);
done.push("userinfo");

const own = await client.clientCredentialsGrant(ours, { scope: "health.book" });
assert.equal(own.scope, "health.book");
await assert.rejects(client.clientCredentialsGrant(ours, { scope: "people.reveal" }), { error: "invalid_scope" });
done.push("client credentials");

const kind = "urn:ietf:params:oauth:token-type:access_token";
const acting = await client.genericGrantRequest(ours, "urn:ietf:params:oauth:grant-type:token-exchange", {
  subject_token: next.access_token, subject_token_type: kind, scope: "openid",
});
assert.equal(acting.issued_token_type, kind);
done.push("exchange");

const about = await client.tokenIntrospection(ours, acting.access_token);
assert.ok(about.active && about.act.client_id === service && (about.sub !== who.sub) === pairwise); // our service acts for the person
done.push("introspect");

await client.tokenRevocation(desk, next.refresh_token);
await assert.rejects(client.refreshTokenGrant(desk, next.refresh_token), { error: "invalid_grant" });
assert.deepEqual(await client.tokenIntrospection(ours, next.access_token), { active: false });
done.push("revoke");

const last = await authorized({});
const url = client.buildEndSessionUrl(desk, { id_token_hint: last.id_token, post_logout_redirect_uri: gone, state: "x" });
assert.equal((await signOut(url)).href, `${gone}?state=x`);
await assert.rejects(client.refreshTokenGrant(desk, last.refresh_token), { error: "invalid_grant" });
done.push("end session");

process.stdout.write(JSON.stringify(done));
