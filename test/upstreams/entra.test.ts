// Tokens of Microsoft Entra ID: by client secret, by federation, and by the identity of the machine.

import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { CredentialRule } from '../../src/contract/snapshot.ts'
import { type Dialling, dialling, errorOf, providerRule } from './dialling.ts'
import { behave, fakeProvider, type FakeProvider, oauthServer, type OAuthServer } from './index.ts'

let provider: FakeProvider
let entra: OAuthServer
let line: Dialling
beforeEach(async () => {
  provider = await fakeProvider()
  entra = await oauthServer()
  line = dialling()
  Object.assign(line.secrets, { CLIENT_SECRET: 'planted~secret', FEDERATED: 'planted.jwt.one\n' })
})
afterEach(async () => {
  line.upstream.close()
  await provider.close()
  await entra.close()
})

const root = () => `http://127.0.0.1:${entra.server.port}`

const ofTenant = (
  kind: string,
  secret: string,
  name: string,
  settings: Record<string, string> = {},
): CredentialRule => ({
  kind,
  secrets: { [secret]: { kind: 'env', name } },
  settings: { authority: root(), tenantId: 'contoso.example', clientId: 'app-1', ...settings },
})
const clientSecret = (settings = {}) =>
  ofTenant('entra-client-secret', 'clientSecret', 'CLIENT_SECRET', settings)
const federated = (settings = {}) =>
  ofTenant('entra-workload-identity', 'federatedToken', 'FEDERATED', settings)
const managed = (settings: Record<string, string> = {}): CredentialRule => ({
  kind: 'entra-managed-identity',
  secrets: {},
  settings,
})

const kinds = [
  ['entra-client-secret', clientSecret],
  ['entra-workload-identity', federated],
  ['entra-managed-identity', managed],
] as const

async function call(rule: ReturnType<typeof providerRule>) {
  const response = await line.dial(rule)
  await response.bytes(100_000)
  return provider.requests.at(-1)?.headers ?? {}
}

const ruleOf = (credential: CredentialRule) => providerRule(provider.url, { credential })

test('a client secret obtains a token for Azure’s AI services', async () => {
  expect((await call(ruleOf(clientSecret()))).authorization).toBe('Bearer token-1')
  expect(entra.server.requests[0]).toMatchObject({
    method: 'POST',
    path: '/contoso.example/oauth2/v2.0/token',
  })
  expect(entra.asked[0]?.form).toEqual({
    grant_type: 'client_credentials',
    client_id: 'app-1',
    client_secret: 'planted~secret',
    scope: 'https://cognitiveservices.azure.com/.default',
  })
  await call(ruleOf(clientSecret({ scope: 'https://ai.azure.com/.default' })))
  expect(entra.asked[1]?.form['scope']).toBe('https://ai.azure.com/.default')
})

test('a federated token is exchanged, and read again for the next exchange', async () => {
  const rule = ruleOf(federated())
  await call(rule)
  expect(entra.asked[0]?.form).toEqual({
    grant_type: 'client_credentials',
    client_id: 'app-1',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: 'planted.jwt.one',
    scope: 'https://cognitiveservices.azure.com/.default',
  })
  line.secrets.FEDERATED = 'planted.jwt.two'
  line.clock.advance(3_595_000)
  expect((await call(rule)).authorization).toBe('Bearer token-2')
  expect(entra.asked[1]?.form['client_assertion']).toBe('planted.jwt.two')
})

describe('managed identity', () => {
  test('the managed identity of a virtual machine is requested from its metadata service', async () => {
    line.secrets.AZURE_POD_IDENTITY_AUTHORITY_HOST = `${root()}/`
    entra.next(
      behave.json({
        access_token: 'of-vm',
        client_id: 'x',
        expires_in: '3599',
        expires_on: '1',
        resource: 'r',
        token_type: 'Bearer',
      }),
    )
    expect((await call(ruleOf(managed({ clientId: 'identity-1' })))).authorization).toBe('Bearer of-vm')
    const [asked] = entra.server.requests
    const { pathname, searchParams } = new URL(asked?.path ?? '', root())
    expect([asked?.method, pathname, asked?.headers['metadata'], asked?.text()]).toEqual([
      'GET',
      '/metadata/identity/oauth2/token',
      'true',
      '',
    ])
    expect(Object.fromEntries(searchParams)).toEqual({
      'api-version': '2018-02-01',
      resource: 'https://cognitiveservices.azure.com',
      client_id: 'identity-1',
    })
  })

  test('the managed identity of App Service is requested at the endpoint of its environment, with its header', async () => {
    Object.assign(line.secrets, {
      IDENTITY_ENDPOINT: `${root()}/msi/token/`,
      IDENTITY_HEADER: 'planted-header',
    })
    const end = Math.floor(line.clock.now() / 1000) + 1000
    entra.next(
      behave.json({
        access_token: 'of-app',
        expires_on: String(end),
        resource: 'r',
        token_type: 'Bearer',
        client_id: 'x',
      }),
    )
    const rule = ruleOf(managed({ resource: 'https://ai.azure.com' }))
    expect((await call(rule)).authorization).toBe('Bearer of-app')
    const [asked] = entra.server.requests
    expect([asked?.headers['x-identity-header'], asked?.headers['metadata']]).toEqual([
      'planted-header',
      undefined,
    ])
    expect(asked?.path).toBe('/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fai.azure.com')
    line.clock.advance(899_000)
    expect((await call(rule)).authorization).toBe('Bearer of-app')
    line.clock.advance(100_000)
    expect((await call(rule)).authorization).toBe('Bearer token-1')
  })

  test('a managed identity is requested without the environment’s proxy, which must not see it', async () => {
    provider.always(behave.json({ ok: true }))
    const script = `
      import { dialling, providerRule } from '${import.meta.dir}/dialling.ts'
      const line = dialling({ environment: process.env })
      line.secrets.AZURE_POD_IDENTITY_AUTHORITY_HOST = '${root()}'
      const rule = providerRule('http://llm.example/v1', { credential: { kind: 'entra-managed-identity', secrets: {}, settings: {} } })
      const answer = await line.dial(rule)
      console.log(answer.status)
      line.upstream.close()`
    const child = Bun.spawn([process.execPath, '--no-env-file', '-e', script], {
      env: { HTTP_PROXY: provider.url.replace(/\/v1$/, ''), NO_PROXY: '' },
      stdout: 'pipe',
      stderr: 'inherit',
    })
    expect([await new Response(child.stdout).text(), await child.exited]).toEqual(['200\n', 0])
    expect(entra.server.requests.map(({ path }) => path.split('?')[0])).toEqual([
      '/metadata/identity/oauth2/token',
    ])
    // the call itself uses the proxy
    expect(provider.requests.map(({ path, headers }) => [path, headers['authorization']])).toEqual([
      ['http://llm.example/v1/chat/completions', 'Bearer token-1'],
    ])
  })

  test('without the header of App Service no managed identity is requested', async () => {
    line.secrets.IDENTITY_ENDPOINT = `${root()}/msi/token`
    expect((await errorOf(line.dial(ruleOf(managed())))).message).toContain('"IDENTITY_HEADER" is not set')
    expect(entra.server.requests).toHaveLength(0)
  })

  test('a managed identity is never requested elsewhere, nor for a provider of another vendor', async () => {
    line.secrets.AZURE_POD_IDENTITY_AUTHORITY_HOST = 'https://identity.example'
    expect((await errorOf(line.dial(ruleOf(managed())))).message).toContain(
      'the identity endpoint of provider "fake" must not be called: it is neither a link-local nor a loopback address',
    )
    line.secrets.AZURE_POD_IDENTITY_AUTHORITY_HOST = root()
    const foreign = providerRule('https://llm.example/v1', {
      credential: managed(),
      allowsPrivateAddress: false,
    })
    expect((await errorOf(line.dial(foreign))).message).toContain(
      'only providers in the configuration file may use the identity of this machine',
    )
    expect(entra.server.requests).toHaveLength(0)
  })
})

describe.each(kinds)('%s', (_kind, credentialOf) => {
  beforeEach(() => {
    line.secrets.AZURE_POD_IDENTITY_AUTHORITY_HOST = root()
  })

  test('fifty concurrent calls fetch one Entra ID token, and a refused one is renewed once', async () => {
    const rule = ruleOf(credentialOf())
    await Promise.all(Array.from({ length: 50 }, () => call(rule)))
    expect(entra.issued).toBe(1)
    provider.next(behave.error(401))
    expect((await call(rule)).authorization).toBe('Bearer token-2')
  })

  test('an Entra ID token is renewed before it expires', async () => {
    entra.lifetimeSeconds = 1000
    const rule = ruleOf(credentialOf())
    await call(rule)
    line.clock.advance(900_000)
    expect((await call(rule)).authorization).toBe('Bearer token-1')
    await entra.server.received(2)
    await entra.server.settled()
    while ((await call(rule)).authorization === 'Bearer token-1')
      await new Promise((resolve) => setImmediate(resolve))
    expect(entra.issued).toBe(2)
  })

  test('a refusal of Entra ID is reported by its codes, never by its text or by the sent request', async () => {
    entra.next(
      behave.json(
        {
          error: 'invalid_client',
          error_description: 'AADSTS7000215: planted words',
          error_codes: [7_000_215, 1],
        },
        { status: 401 },
      ),
      behave.json(
        { error: 'invalid_request', error_description: 'planted: Identity not found' },
        { status: 400 },
      ),
      behave.json({ access_token: 'x\ny', token_type: 'Bearer' }),
      behave.html(404),
    )
    for (const words of [
      '(401, invalid_client, AADSTS7000215); check ',
      '(400, invalid_request); check ',
      'without a bearer token',
      '(404)',
    ]) {
      const error = await errorOf(line.dial(ruleOf(credentialOf())))
      expect([error.code, error.message]).toEqual(['upstream-credential', expect.stringContaining(words)])
      expect(Bun.inspect(error)).not.toContain('planted')
    }
    expect(provider.requests).toHaveLength(0)
  })
})

test('the authority’s address is checked like the provider’s own', async () => {
  const error = await errorOf(line.dial(ruleOf(clientSecret({ authority: 'http://169.254.169.254' }))))
  expect(error.message).toContain('the token endpoint of provider "fake" must not be called')
})

test('a missing secret of Entra ID is named before anything is sent', async () => {
  delete line.secrets.CLIENT_SECRET
  line.secrets.FEDERATED = ' '
  expect((await errorOf(line.dial(ruleOf(clientSecret())))).message).toContain('"clientSecret" is not set')
  expect((await errorOf(line.dial(ruleOf(federated())))).message).toContain('"federatedToken" is not set')
  expect(entra.server.requests).toHaveLength(0)
})
