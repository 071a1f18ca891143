// `node provider.mjs`: oidc-provider doing what identity does at its token endpoint, with the same duties: ES256 access tokens (RFC 9068),
// refresh tokens that are rotated and kept in PostgreSQL, assertions that are good once. Told by the environment: PORT, DATABASE_URL, CLIENT_JWKS
// (of the program `bench`), SESSIONS (how many refresh tokens to make) and SESSIONS_FILE (where to write them, a line each).
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';
import pg from 'pg';

const { PORT, DATABASE_URL, CLIENT_JWKS, SESSIONS, SESSIONS_FILE } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 8 });
const say = (name, text, values) => pool.query({ name, text, values }); // prepared, as ours are

await pool.query(`create table if not exists kept (model text, id text, payload jsonb not null, grant_id text, expires_at timestamptz,
  primary key (model, id)); create index if not exists kept_grant on kept (grant_id)`);

class Kept {
  constructor(model) { this.model = model; }
  async upsert(id, payload, expiresIn) {
    await say('upsert', `insert into kept values ($1, $2, $3, $4, now() + make_interval(secs => $5))
      on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id, expires_at = excluded.expires_at`,
    [this.model, id, payload, payload.grantId ?? null, expiresIn ?? null]);
  }
  async find(id) {
    const found = await say('find', 'select payload from kept where model = $1 and id = $2 and (expires_at is null or expires_at > now())', [this.model, id]);
    return found.rows[0]?.payload;
  }
  async findByUid() { return undefined; }
  async findByUserCode() { return undefined; }
  async consume(id) {
    await say('consume', `update kept set payload = payload || jsonb_build_object('consumed', extract(epoch from now())::bigint)
      where model = $1 and id = $2`, [this.model, id]);
  }
  async destroy(id) { await say('destroy', 'delete from kept where model = $1 and id = $2', [this.model, id]); }
  async revokeByGrantId(grant) { await say('revoke', 'delete from kept where grant_id = $1', [grant]); }
}

const AUDIENCE = 'urn:guohuai';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  adapter: Kept,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' }] },
  clients: [
    { client_id: 'bench', token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256',
      jwks: JSON.parse(CLIENT_JWKS), grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: 'health.book' },
    { client_id: 'phone', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['http://127.0.0.1:1/back'], scope: 'offline_access api' },
  ],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  clientAuthMethods: ['private_key_jwt', 'none'],
  scopes: ['offline_access', 'api', 'health.book'],
  enabledJWA: { clientAuthSigningAlgValues: ['ES256'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => AUDIENCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'api health.book', audience: 'guohuai', accessTokenTTL: 600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  rotateRefreshToken: true,
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  ttl: { AccessToken: 600, ClientCredentials: 300, RefreshToken: 30 * 86400, Grant: 180 * 86400 },
});

const client = await provider.Client.find('phone');
const tokens = [];
for (let n = 0; n < Number(SESSIONS); n += 1) {
  const accountId = `person-${n}`;
  const grant = new provider.Grant({ accountId, clientId: 'phone' });
  grant.addOIDCScope('offline_access');
  grant.addResourceScope(AUDIENCE, 'api');
  const grantId = await grant.save();
  tokens.push(await new provider.RefreshToken({
    accountId, client, grantId, scope: 'offline_access api', resource: AUDIENCE, gty: 'authorization_code',
    rotations: 0, iiat: Math.floor(Date.now() / 1000), expiresWithSession: false,
  }).save());
}
writeFileSync(SESSIONS_FILE, `${tokens.join('\n')}\n`);
provider.listen(Number(PORT), '127.0.0.1');
