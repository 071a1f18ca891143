// oauth4webapi, unchanged, through every flow of ours and as a resource server; prints the names of those it completed.
import assert from "node:assert/strict";
import { importJWK } from "jose";
import * as oauth from "oauth4webapi";
import { signIn, signOut, told } from "./browser.mjs";

const { origin, web, service, key, login, password, back, gone, pairwise } = await told();
const done = [];
const plain = { [oauth.allowInsecureRequests]: true }; // plain http on this machine alone
const issuer = new URL(origin);

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, plain));
const other = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...plain, algorithm: "oauth2" }));
assert.equal(as.token_endpoint, other.token_endpoint);
done.push("discovery");

const desk = { client_id: web };
const ours = { client_id: service };
const none = oauth.None();
const proof = oauth.PrivateKeyJwt({ key: await importJWK(key, "ES256"), kid: key.kid });

async function answered(more = {}) {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(as.authorization_endpoint);
  const asked = {
    client_id: web, redirect_uri: back, response_type: "code", scope: pairwise ? "openid profile" : "openid profile people.read", state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...more,
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  const parameters = oauth.validateAuthResponse(as, desk, await signIn(url, login, password), state);
  return { parameters, verifier, nonce };
}

const redeemed = ({ parameters, verifier }) =>
  oauth.authorizationCodeGrantRequest(as, desk, none, parameters, back, verifier, plain);

const begun = await answered();
const expected = { expectedNonce: begun.nonce, requireIdToken: true };
const redemption = await redeemed(begun);
const first = await oauth.processAuthorizationCodeResponse(as, desk, redemption, expected);
await oauth.validateApplicationLevelSignature(as, redemption, plain);
const who = oauth.getValidatedIdTokenClaims(first);
done.push("code with PKCE");

await assert.rejects(answered({ prompt: "none" }), { error: "login_required" });
done.push("errors at the redirect address");

const request = new Request(`${origin}/api/v1/people/me`, { headers: { authorization: `Bearer ${first.access_token}` } });
const claims = await oauth.validateJwtAccessToken(as, request, "guohuai", plain);
assert.equal(claims.sub, who.sub);
assert.equal((await fetch(request)).status, pairwise ? 403 : 200); // a partner does nothing in their name
done.push("access token of RFC 9068");

const next = await oauth.processRefreshTokenResponse(
  as, desk, await oauth.refreshTokenGrantRequest(as, desk, none, first.refresh_token, plain),
);
done.push("refresh");

const person = await oauth.processUserInfoResponse(as, desk, who.sub, await oauth.userInfoRequest(as, desk, next.access_token, plain));
assert.ok(person.name);
done.push("userinfo");

const asked = new URLSearchParams({ scope: "health.book" });
const own = await oauth.processClientCredentialsResponse(
  as, ours, await oauth.clientCredentialsGrantRequest(as, ours, proof, asked, plain),
);
assert.equal(own.scope, "health.book");
done.push("client credentials");

const kind = "urn:ietf:params:oauth:token-type:access_token";
const acting = await oauth.processGenericTokenEndpointResponse(as, ours, await oauth.genericTokenEndpointRequest(
  as, ours, proof, "urn:ietf:params:oauth:grant-type:token-exchange",
  { subject_token: next.access_token, subject_token_type: kind, scope: "openid" }, plain,
));
done.push("exchange");

const about = async (token) =>
  oauth.processIntrospectionResponse(as, ours, await oauth.introspectionRequest(as, ours, proof, token, plain));
assert.equal((await about(acting.access_token)).act.client_id, service);
done.push("introspect");

await oauth.processRevocationResponse(await oauth.revocationRequest(as, desk, none, next.access_token, plain));
assert.equal((await about(acting.access_token)).active, false);
const refused = await oauth.refreshTokenGrantRequest(as, desk, none, next.refresh_token, plain);
await assert.rejects(oauth.processRefreshTokenResponse(as, desk, refused), { error: "invalid_grant", status: 400 });
done.push("revoke");

const again = await answered();
const last = await oauth.processAuthorizationCodeResponse(as, desk, await redeemed(again), {
  expectedNonce: again.nonce, requireIdToken: true,
});
await assert.rejects(oauth.processAuthorizationCodeResponse(as, desk, await redeemed(again)), { error: "invalid_grant" });
const bye = new URL(as.end_session_endpoint);
bye.search = new URLSearchParams({ id_token_hint: last.id_token, post_logout_redirect_uri: gone, state: "x" });
assert.equal((await signOut(bye)).href, `${gone}?state=x`);
done.push("end session");

process.stdout.write(JSON.stringify(done));
