// The certified provider `oidc-provider` on Entra's paths, for one test run.
//
//   node server.js CERT.pem KEY.pem TENANT AUDIENCE
//
// Prints one JSON line with the port it listens on. What the provider decides is
// its own; only the number that Entra would give an error is added to it, and the
// claims are named and shaped as in Entra's version 1 tokens.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider, interactionPolicy } from 'oidc-provider';

// The provider's own notes go to stderr: stdout carries the port alone.
console.info = console.error;
console.warn = () => {};

const [certFile, keyFile, tenant, audience] = process.argv.slice(2);
const scope = `${audience}/.default`;
const device = 'urn:ietf:params:oauth:grant-type:device_code';
// Group ids that bring an access token to some 10 KB.
const groups = Array.from({ length: 180 }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);

const client = (client_id, rest = {}) => ({
  client_id,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token', device],
  response_types: ['code'],
  redirect_uris: ['http://localhost'],
  ...rest,
});

const policy = interactionPolicy.base();
policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);

const aadsts = (error) => {
  if (error.error === 'invalid_client') return 'AADSTS700016: Application was not found in the directory.';
  if (error.error === 'invalid_redirect_uri') return 'AADSTS50011: The redirect URI does not match.';
  if (error.error === 'access_denied') return 'AADSTS65004: User declined to consent to access the app.';
  return '';
};

const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const path = `/${tenant}/oauth2/v2.0`;
  const provider = new Provider(`https://localhost:${port}/${tenant}/v2.0`, {
    clients: [
      client(audience),
      client('public-client'),
      client('fixed-port', { application_type: 'web', redirect_uris: ['http://localhost:2023'] }),
      client('short-refresh'),
    ],
    routes: {
      authorization: `${path}/authorize`,
      token: `${path}/token`,
      device_authorization: `${path}/devicecode`,
      code_verification: `/${tenant}/oauth2/deviceauth`,
      jwks: `/${tenant}/discovery/v2.0/keys`,
    },
    scopes: ['openid', 'offline_access', 'profile'],
    claims: { openid: ['sub', 'tid', 'oid'], profile: ['name', 'preferred_username'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    interactions: { policy, url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    ttl: {
      AccessToken: 3600, AuthorizationCode: 60, DeviceCode: 600, IdToken: 3600, Interaction: 600, Session: 3600, Grant: 3600,
      RefreshToken: (_ctx, _token, client) => (client.clientId === 'short-refresh' ? 1 : 3600),
    },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `urn:${audience}`,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope, audience, accessTokenFormat: 'jwt', accessTokenTTL: 3600 }),
      },
    },
    extraTokenClaims: (_ctx, token) => ({
      tid: tenant, oid: `oid-of-${token.accountId}`, upn: token.accountId, unique_name: token.accountId, ver: '1.0', groups,
    }),
    formats: {
      customizers: {
        jwt: (_ctx, _token, parts) => { parts.payload.iss = `https://sts.windows.net/${tenant}/`; return parts; },
      },
    },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, tid: tenant, oid: `oid-of-${id}`, name: 'Ana', preferred_username: id }),
    }),
    renderError: (ctx, out, error) => {
      ctx.type = 'html';
      ctx.body = `<!doctype html><p>${aadsts(error)} ${out.error}</p>`;
    },
  });
  provider.on('server_error', (_ctx, error) => console.error(error));
  if (process.env.OIDC_VERBOSE) {
    for (const event of ['authorization.error', 'grant.error', 'device_authorization.error']) {
      provider.on(event, (_ctx, error) => console.error(event, error.message, error.error_description, error.error_detail));
    }
  }
  const serve = provider.callback();
  server.on('request', (req, res) => {
    const work = req.url.startsWith('/interaction/') ? interact(provider, req, res) : serve(req, res);
    Promise.resolve(work).catch((error) => { console.error(error); res.writeHead(500).end(); });
  });
  console.log(JSON.stringify({ port }));
});

async function interact(provider, req, res) {
  const { uid, prompt, params, session, grantId } = await provider.interactionDetails(req, res);
  if (req.method === 'GET') {
    res.writeHead(200, { 'content-type': 'text/html' });
    res.end(`<!doctype html><form method="post" action="/interaction/${uid}">`
      + `<input type="hidden" name="prompt" value="${prompt.name}"><input name="login"><input name="answer"></form>`);
    return;
  }
  let body = '';
  for await (const chunk of req) body += chunk;
  const form = new URLSearchParams(body);
  const finish = (result) => provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });
  if (form.get('answer') === 'no') {
    const refusal = { error: 'access_denied', error_description: aadsts({ error: 'access_denied' }) };
    await provider.interactionFinished(req, res, refusal, { mergeWithLastSubmission: false });
  } else if (prompt.name === 'consent') {
    const grant = grantId
      ? await provider.Grant.find(grantId)
      : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope('openid offline_access profile');
    grant.addResourceScope(`urn:${audience}`, scope);
    await finish({ consent: { grantId: await grant.save() } });
  } else {
    await finish({ select_account: {}, login: { accountId: form.get('login') } });
  }
}
