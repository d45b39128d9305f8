import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createHash, createHmac } from 'node:crypto'
import type { CredentialRule } from '../../src/contract/snapshot.ts'
import {
  bearerRule,
  codeOf,
  type Dialling,
  dialling,
  errorOf,
  noCredential,
  providerRule,
} from './dialling.ts'
import {
  behave,
  closedPort,
  fakeProvider,
  type FakeProvider,
  oauthServer,
  type OAuthServer,
} from './index.ts'

let provider: FakeProvider
let line: Dialling
beforeEach(async () => {
  provider = await fakeProvider()
  line = dialling()
})
afterEach(async () => {
  line.upstream.close()
  await provider.close()
})

async function call(credential: CredentialRule, request = {}) {
  const received = await line.dial(rule(credential), request)
  await received.bytes(100_000)
  return provider.requests.at(-1)?.headers ?? {}
}

/** One rule per credential, as in a snapshot: its connections live as long as the rule. */
const rules = new WeakMap<CredentialRule, ReturnType<typeof providerRule>>()
function rule(credential: CredentialRule) {
  const known = rules.get(credential) ?? providerRule(provider.url, { credential })
  rules.set(credential, known)
  return known
}

describe('bearer', () => {
  test('a bearer key is sent in the header that the vendor reads', async () => {
    expect((await call(bearerRule())).authorization).toBe('Bearer sk-planted-upstream-key')
    const azure = await call(bearerRule({ header: 'Api-Key' }))
    expect([azure['api-key'], azure.authorization]).toEqual(['sk-planted-upstream-key', undefined])
    expect((await call(bearerRule({ prefix: 'Token' }))).authorization).toBe('Token sk-planted-upstream-key')
    expect((await call(bearerRule({ prefix: '' }))).authorization).toBe('sk-planted-upstream-key')
  })

  test('a rotated key is used from the next call on', async () => {
    const credential = bearerRule()
    await call(credential)
    line.secrets.KEY = 'sk-new'
    expect((await call(credential)).authorization).toBe('Bearer sk-new')
  })

  test('the newline at the end of a secret file is not part of the key', async () => {
    line.secrets.KEY = 'sk-from-file\n'
    expect((await call(bearerRule())).authorization).toBe('Bearer sk-from-file')
  })

  test('a missing or unusable key is an error before anything is sent, and is not quoted', async () => {
    for (const bad of [undefined, '', '  ', 'sk-planted\r\nx-injected: 1', 'sk-planted-ü']) {
      if (bad === undefined) delete line.secrets.KEY
      else line.secrets.KEY = bad
      const error = await errorOf(line.dial(rule(bearerRule())))
      expect(error.code).toBe('upstream-credential')
      expect(error.message).toContain('"key"')
      expect(Bun.inspect(error)).not.toContain('sk-planted')
    }
    expect(provider.requests).toHaveLength(0)
  })
})

test('the credential kind none sends no credential', async () => {
  expect((await call(noCredential)).authorization).toBeUndefined()
})

describe('caller', () => {
  const caller = (settings = {}): CredentialRule => ({ kind: 'caller', secrets: {}, settings })
  const callerHeaders = new Headers({
    authorization: 'Bearer gk_gatehouse',
    'x-gatehouse-upstream-key': 'sk-mine',
    'x-mine': 'sk-other',
  })

  test('the caller credential passes on the caller’s own key and never the Gatehouse key', async () => {
    const sent = await call(caller(), { callerHeaders })
    expect(sent.authorization).toBe('Bearer sk-mine')
    expect(JSON.stringify(sent)).not.toContain('gk_gatehouse')
    expect(
      (await call(caller({ from: 'X-Mine', header: 'x-api-key' }), { callerHeaders }))['x-api-key'],
    ).toBe('sk-other')
  })

  test('a caller without its own credential gets the name of the header to send', async () => {
    for (const headers of [new Headers(), undefined]) {
      const error = await errorOf(line.dial(rule(caller()), headers ? { callerHeaders: headers } : {}))
      expect(error.code).toBe('upstream-credential')
      expect(error.message).toContain('"x-gatehouse-upstream-key"')
    }
    expect(provider.requests).toHaveLength(0)
  })

  test('a Gatehouse key in place of the caller’s own credential is not sent', async () => {
    for (const name of ['authorization', 'x-api-key']) {
      const value = name === 'authorization' ? 'Bearer gk_gatehouse' : 'gk_gatehouse'
      const headers = new Headers({ [name]: value, 'x-gatehouse-upstream-key': 'gk_gatehouse' })
      const error = await errorOf(line.dial(rule(caller()), { callerHeaders: headers }))
      expect(error.message).toContain('contains your Gatehouse key')
      expect(error.message).not.toContain('gk_gatehouse')
    }
    expect(provider.requests).toHaveLength(0)
  })

  test('no setting can make a header of Gatehouse keys the source of the caller’s credential', async () => {
    for (const from of ['authorization', 'X-Api-Key', 'cookie']) {
      expect(await codeOf(line.dial(rule(caller({ from })), { callerHeaders }))).toBe('upstream-credential')
    }
  })
})

describe('oauth-client-credentials', () => {
  let oauth: OAuthServer
  beforeEach(async () => {
    oauth = await oauthServer()
    line.secrets.CLIENT_SECRET = 'planted:secret/ü&='
  })
  afterEach(() => oauth.close())

  const client = (settings: Record<string, string> = {}): CredentialRule => ({
    kind: 'oauth-client-credentials',
    secrets: { clientSecret: { kind: 'env', name: 'CLIENT_SECRET' } },
    settings: { tokenUrl: oauth.tokenUrl, clientId: 'client 1', ...settings },
  })

  test('an OAuth token is fetched once and reused', async () => {
    const credential = client({ scope: 'a b', audience: 'api' })
    for (let i = 0; i < 3; i += 1) expect((await call(credential)).authorization).toBe('Bearer token-1')
    const [asked] = oauth.asked
    expect(asked?.form).toEqual({ grant_type: 'client_credentials', scope: 'a b', audience: 'api' })
    // RFC 6749 §2.3.1: both are form-encoded before they are joined
    expect(atob(asked?.headers.authorization?.slice('Basic '.length) ?? '')).toBe(
      'client+1:planted%3Asecret%2F%C3%BC%26%3D',
    )
    expect(oauth.issued).toBe(1)
  })

  test('OAuth clients can authenticate in the form, and name a resource', async () => {
    await call(client({ authentication: 'post', resource: 'https://api.example' }))
    expect(oauth.asked[0]?.form).toEqual({
      grant_type: 'client_credentials',
      resource: 'https://api.example',
      client_id: 'client 1',
      client_secret: 'planted:secret/ü&=',
    })
    expect(oauth.asked[0]?.headers.authorization).toBeUndefined()
  })

  test('a response contains neither the OAuth token nor the secret that obtained it', async () => {
    const token = 'minted.token_0123456789abcdef'
    oauth.next(behave.json({ access_token: token, token_type: 'Bearer', expires_in: 3600 }))
    const secret = line.secrets.CLIENT_SECRET ?? ''
    const written = [
      token,
      btoa(`x${token}`),
      secret,
      JSON.stringify(secret),
      encodeURIComponent(secret),
      Buffer.from(`client:${secret}`).toString('base64'),
    ]
    provider.always(behave.json({ choices: written }, { headers: { 'x-token': token } }))
    let echoes = 0
    const received = await line.dial(rule(client()), { onEcho: () => (echoes += 1) })
    const text = Buffer.from(await received.bytes(100_000)).toString()
    expect(text.match(/\[credential\]/g)).toHaveLength(written.length)
    for (const one of [token, secret, 'secret%2F', token.slice(8)]) expect(text).not.toContain(one)
    expect(received.headers.has('x-token')).toBe(false)
    expect(echoes).toBe(2)
  })

  test('fifty concurrent calls fetch one OAuth token', async () => {
    const credential = client()
    await Promise.all(Array.from({ length: 50 }, () => call(credential)))
    expect(oauth.issued).toBe(1)
    expect(provider.requests).toHaveLength(50)
    for (const request of provider.requests) expect(request.headers.authorization).toBe('Bearer token-1')
  })

  test('an OAuth token is renewed before it expires, while it still serves calls', async () => {
    oauth.lifetimeSeconds = 1000
    const credential = client()
    await call(credential)
    line.clock.advance(899_000)
    await call(credential)
    expect(oauth.issued).toBe(1)
    line.clock.advance(1_000)
    expect((await call(credential)).authorization).toBe('Bearer token-1')
    await oauth.server.received(2)
    await oauth.server.settled()
    while ((await call(credential)).authorization === 'Bearer token-1')
      await new Promise((resolve) => setImmediate(resolve))
    expect((await call(credential)).authorization).toBe('Bearer token-2')
    expect(oauth.issued).toBe(2)
  })

  test('a call waits for a new OAuth token when the old one has expired', async () => {
    const credential = client()
    await call(credential)
    line.clock.advance(3_595_000)
    expect((await call(credential)).authorization).toBe('Bearer token-2')
  })

  test('an OAuth token that the provider refuses is dropped, and the call is tried once more with a new one', async () => {
    const credential = client()
    await call(credential)
    let sent = 0
    provider.next(behave.error(401))
    expect((await call(credential, { onSent: () => void (sent += 1) })).authorization).toBe('Bearer token-2')
    expect([provider.requests.length, sent]).toEqual([3, 1])
  })

  test('a refusal with an endless body delays no call', async () => {
    const credential = client()
    await call(credential)
    const refusal = behave.manual()
    provider.next(refusal)
    const served = call(credential)
    await refusal.started
    refusal.head(401)
    refusal.push('{"error":')
    expect((await served).authorization).toBe('Bearer token-2')
    await refusal.closed
  })

  test('the 401 of a provider that refuses every token is passed on, without twice as many token requests', async () => {
    const credential = client()
    provider.always(behave.error(401))
    for (let i = 0; i < 10; i += 1) expect((await line.dial(rule(credential))).status).toBe(401)
    expect(oauth.issued).toBe(2)
    expect(provider.requests).toHaveLength(11)
    line.clock.advance(10_000)
    await line.dial(rule(credential))
    expect(oauth.issued).toBe(3)
  })

  test('fifty calls that are refused together renew the OAuth token once', async () => {
    const credential = client()
    await call(credential)
    provider.always(
      behave.custom((to) =>
        (to.request.headers.authorization === 'Bearer token-1'
          ? behave.error(401)
          : behave.json({ ok: true })
        ).answer(to),
      ),
    )
    const responses = await Promise.all(Array.from({ length: 50 }, () => line.dial(rule(credential))))
    expect(responses.map((received) => received.status)).toEqual(Array.from({ length: 50 }, () => 200))
    expect(oauth.issued).toBe(2)
  })

  test('a refusal of the token endpoint is reported by its code, never by its text', async () => {
    oauth.next(
      behave.json({ error: 'invalid_client', error_description: 'planted words' }, { status: 401 }),
      behave.json({ error: 'planted words' }, { status: 400 }),
      behave.html(500),
    )
    const expected = ['401, invalid_client', '(400)', '(500)']
    for (const words of expected) {
      const error = await errorOf(line.dial(rule(client())))
      expect(error.code).toBe('upstream-credential')
      expect(error.message).toContain(words)
      expect(Bun.inspect(error)).not.toContain('planted')
    }
    expect(provider.requests).toHaveLength(0)
  })

  test('a token response without a usable token is an error', async () => {
    const odd = [
      {},
      { access_token: 'x', token_type: 'mac' },
      { access_token: 'a\r\nb', token_type: 'bearer' },
      { access_token: 7, token_type: 'bearer' },
    ]
    for (const value of odd) {
      oauth.next(behave.json(value))
      expect((await errorOf(line.dial(rule(client())))).message).toContain('without a bearer token')
    }
    oauth.next(behave.json({ access_token: 'as-text', token_type: 'BEARER', expires_in: '60' }))
    expect((await call(client())).authorization).toBe('Bearer as-text')
  })

  test('a failed token endpoint is not called for a moment, then tried again', async () => {
    const credential = client()
    oauth.next(behave.error(500))
    for (let i = 0; i < 5; i += 1)
      expect(await codeOf(line.dial(rule(credential)))).toBe('upstream-credential')
    expect(oauth.server.requests).toHaveLength(1)
    line.clock.advance(1_000)
    expect((await call(credential)).authorization).toBe('Bearer token-1')
  })

  test('a token endpoint that is unreachable, hangs, redirects or is cut makes the credential unavailable', async () => {
    const down = client({ tokenUrl: `${await closedPort()}/token?key=planted` })
    const error = await errorOf(line.dial(rule(down)))
    expect([
      error.code,
      error.message.includes('ECONNREFUSED'),
      Bun.inspect(error).includes('key=planted'),
    ]).toEqual(['upstream-credential', true, false])
    oauth.next(behave.redirect('http://127.0.0.1:1/'), behave.closeAtOnce(), behave.hang())
    expect(await codeOf(line.dial(rule(client())))).toBe('upstream-credential')
    expect(await codeOf(line.dial(rule(client())))).toBe('upstream-credential')
    const outcome = codeOf(line.dial(rule(client())))
    await oauth.server.received(3)
    line.clock.advance(15_000)
    expect(await outcome).toBe('upstream-credential')
    await oauth.server.settled()
  })

  test('a call that is aborted while it waits for a token ends, and the others get theirs', async () => {
    const received = behave.manual()
    oauth.next(received)
    const credential = client()
    const leaver = new AbortController()
    const left = codeOf(line.dial(rule(credential), { signal: leaver.signal }))
    const stays = call(credential)
    await received.started
    leaver.abort()
    expect(await left).toBe('client-gone')
    await behave.json({ access_token: 'late', token_type: 'bearer' }).answer(await received.started)
    expect((await stays).authorization).toBe('Bearer late')
  })

  test('the token endpoint’s address is checked like the provider’s own', async () => {
    const provided = providerRule(provider.url, {
      credential: client({ tokenUrl: 'http://169.254.169.254/token' }),
    })
    const error = await errorOf(line.dial(provided))
    expect(error.message).toContain('the token endpoint of provider "fake" must not be called')
  })

  test('closing ends a token request in progress', async () => {
    oauth.next(behave.hang())
    const outcome = codeOf(line.dial(rule(client())))
    await oauth.server.received(1)
    line.upstream.close()
    expect(await outcome).toBe('upstream-credential')
    await oauth.server.settled()
  })
})

describe('aws-sigv4', () => {
  const aws = (more: Partial<CredentialRule> = {}): CredentialRule => ({
    kind: 'aws-sigv4',
    secrets: { accessKeyId: { kind: 'env', name: 'ID' }, secretAccessKey: { kind: 'env', name: 'SECRET' } },
    settings: { region: 'eu-central-1' },
    ...more,
  })
  beforeEach(() =>
    Object.assign(line.secrets, { ID: 'AKIDEXAMPLE', SECRET: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }),
  )

  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

  test('the AWS secret, key id and session token are removed from responses', async () => {
    const token = 'FwoGZXIvYXdzEExampleSessionToken//////////wEaDExample'
    line.secrets['SESSION'] = token
    const { SECRET = '', ID = '' } = line.secrets
    const credential = aws({ secrets: { ...aws().secrets, sessionToken: { kind: 'env', name: 'SESSION' } } })
    const written = [
      SECRET,
      JSON.stringify(SECRET),
      encodeURIComponent(SECRET),
      Buffer.from(SECRET).toString('base64'),
      ID,
      token,
      btoa(token),
    ]
    provider.next(
      behave.json({ error: { message: written.join(' ') } }, { status: 400, headers: { 'x-token': token } }),
    )
    let echoes = 0
    const received = await line.dial(rule(credential), { onEcho: () => (echoes += 1) })
    const text = Buffer.from(await received.bytes(100_000)).toString()
    expect(text.match(/\[credential\]/g)).toHaveLength(written.length)
    for (const one of [SECRET, ID, token, 'K7MDENG']) expect(text).not.toContain(one)
    expect(received.headers.has('x-token')).toBe(false)
    expect(echoes).toBe(2)
  })

  test('the AWS signature matches the received method, path, query, headers and body, by an independent computation', async () => {
    const body = '{"text":"grüße"}'
    const sent = await call(aws(), { path: '/model/anthropic.claude%3A1/converse?b=2&a=1', body })
    const names = ['content-type', 'host', 'x-amz-date']
    const path = '/v1/model/anthropic.claude%253A1/converse'
    const canonical = [
      'POST',
      path,
      'a=1&b=2',
      ...names.map((name) => `${name}:${sent[name]}`),
      '',
      names.join(';'),
      sha256(body),
    ].join('\n')
    const [day = ''] = (sent['x-amz-date'] ?? '').split('T')
    const scope = `${day}/eu-central-1/bedrock/aws4_request`
    const key = ['eu-central-1', 'bedrock', 'aws4_request'].reduce<Buffer>(
      (made, part) => hmac(made, part),
      hmac('AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', day),
    )
    const signature = hmac(
      key,
      ['AWS4-HMAC-SHA256', sent['x-amz-date'], scope, sha256(canonical)].join('\n'),
    ).toString('hex')
    expect(sent['x-amz-date']).toBe('20261123T120000Z')
    expect(sent.authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    )
  })

  test('temporary AWS credentials send their token, and it is signed', async () => {
    line.secrets.TOKEN = 'session-token'
    const credential = aws()
    const sent = await call({
      ...credential,
      secrets: { ...credential.secrets, sessionToken: { kind: 'env', name: 'TOKEN' } },
    })
    expect(sent['x-amz-security-token']).toBe('session-token')
    expect(sent.authorization).toContain('x-amz-security-token')
  })

  test('a rotated AWS key signs from the next call on, and the secret is never sent', async () => {
    const credential = aws()
    const first = await call(credential)
    line.secrets.ID = 'AKIDROTATED'
    const second = await call(credential)
    expect(second.authorization).toContain('Credential=AKIDROTATED/')
    expect(JSON.stringify([first, second])).not.toContain('wJalrXUtnFEMI')
  })

  test('without an AWS key nothing is sent', async () => {
    delete line.secrets.SECRET
    const error = await errorOf(line.dial(rule(aws())))
    expect([error.code, error.message.includes('"secretAccessKey"')]).toEqual(['upstream-credential', true])
    expect(provider.requests).toHaveLength(0)
  })
})
