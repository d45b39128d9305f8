// Secrets and content are planted at every input, sent through calls with every outcome, and then searched
// for in everything that Gatehouse writes, prints or returns. Every plant contains the marker, so that a part
// of one is found as well.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { completed } from '../journeys/gateway.ts'
import { behave, chat, type FakeProvider, fakeProvider, type Behavior } from '../upstreams/index.ts'
import { endAll, eventually, type GatewayProcess, readAll, spawnGateway } from './process.ts'

const marker = 'zq7x'
const secrets = {
  literal: `sk-${marker}-literal-in-the-file`,
  environment: `sk-${marker}-from-the-environment`,
  client: `${marker}-oauth-client-secret`,
  token: `${marker}-oauth-access-token`,
  caller: `sk-${marker}-the-callers-own`,
  key: `gh_${marker}-key-of-a-caller-0123456789abcdef`,
  wrong: `gh_${marker}-nobodys-key-0123456789abcdef`,
  wrongAdmin: `gha_${marker}-nobodys-admin-key-0123456789`,
  query: `gh_${marker}-pasted-into-a-url`,
}
const content = {
  prompt: `The prompt says ${marker}-prompt.`,
  answer: `The answer says ${marker}-answer.`,
  tool: `{"where":"${marker}-tool-argument"}`,
  mail: `${marker}.person@example.com`,
  iban: 'DE89370400440532013000',
  card: '4012888888881881',
}
const numeric = '7310042900817'
const plants = [...Object.values(secrets), ...Object.values(content), numeric]

/** The plants in a text: as plain text, base64 or hex, only the marker or the whole plant. */
function planted(text: string): string[] {
  const shapes = plants.flatMap((plant) => [
    plant,
    Buffer.from(plant).toString('base64').slice(0, -4),
    Buffer.from(plant).toString('hex'),
  ])
  return [marker, ...shapes].filter((shape) => text.includes(shape))
}

let node: GatewayProcess
let provider: FakeProvider
let tokens: FakeProvider
let config = ''
/** Responses to callers with their headers, without the providers' own responses. */
const refusals: { what: string; text: string }[] = []
/** Responses of the admin API. */
const administered: { what: string; text: string }[] = []

beforeAll(async () => {
  provider = await fakeProvider()
  tokens = await fakeProvider()
  for (const one of [provider, tokens]) one.on('/v1/models', behave.json(chat.models(['fake-model'])))
  tokens.always(behave.json({ access_token: secrets.token, token_type: 'Bearer', expires_in: 3600 }))
  const at = (credential: string) => `{ kind: openai-compatible, url: "${provider.url}", ${credential} }`
  const deep = Array.from({ length: 14 }, (_, depth) => {
    const budgets = ['hour', 'day', 'week', 'month', 'year', 'total', 'run'].map(
      (per) => `{ amount: 5, per: ${per} }, { amount: 1M, per: ${per}, unit: tokens }`,
    )
    return `  deep-team-with-a-rather-long-name-${depth}: { ${depth > 0 ? `parent: deep-team-with-a-rather-long-name-${depth - 1}, ` : ''}allow: { models: ["*"] }, budgets: [ ${budgets.join(', ')} ] }`
  })
  config = `providers:
  literal: ${at(`key: ${secrets.literal}`)}
  environment: ${at('key: "${UPSTREAM_KEY}"')}
  oauth: ${at(`credential: { kind: oauth-client-credentials, tokenUrl: "http://127.0.0.1:${tokens.port}/token", clientId: gatehouse, clientSecret: ${secrets.client}, authentication: post }`)}
  own: ${at('credential: { kind: caller }')}
models:
  literal: { targets: [ { target: literal/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
  environment: { targets: [ { target: environment/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
  oauth: { targets: [ { target: oauth/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
  own: { targets: [ { target: own/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
${Array.from({ length: 9 }, (_, bad) => `  bad-${bad}: { targets: [ { target: literal/bad-${bad}, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }`).join('\n')}
guards:
  personal: { kind: pii, action: restore }
  forbidden: { kind: patterns, action: block, options: { words: [ xylophonist ] } }
teams:
  testers: { allow: { models: ["*", "*/*"] }, budgets: [ { amount: 50, per: month } ] }
${deep.join('\n')}
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  planted: { team: testers, secret: ${secrets.key} }
  deep: { team: deep-team-with-a-rather-long-name-13, secret: "\${DEEP_KEY}" }
`
  node = await spawnGateway({
    config,
    env: { UPSTREAM_KEY: secrets.environment, DEEP_KEY: 'gh_deep-key-0123456789abcdef' },
  })
})
afterAll(async () => {
  await endAll()
  await provider.close()
  await tokens.close()
})

const messages = [
  { role: 'system', content: content.prompt },
  { role: 'user', content: `I am ${content.mail}, account ${content.iban}, card ${content.card}.` },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: content.tool } }],
  },
  { role: 'tool', tool_call_id: 'call_1', content: content.tool },
]
/** A separate model for each failure: a target that fails repeatedly is paused. */
let failures = 0
const failing = (more: object = {}) => body({ model: `bad-${failures++}`, ...more })
const body = (more: object = {}) => ({
  model: 'literal',
  max_tokens: 50,
  user: content.mail,
  messages,
  ...more,
})

async function call(
  what: string,
  request: object | string,
  results: Behavior[] = [],
  init: Parameters<GatewayProcess['chat']>[1] = {},
): Promise<string> {
  provider.next(...results)
  const response = await node.chat(request, { key: secrets.key, ...init })
  const { text } = await readAll(response)
  const headers = JSON.stringify([...response.headers])
  // the provider's response belongs to the caller; our own text and every header are checked
  refusals.push({ what, text: response.ok ? headers : headers + text })
  return `${response.status} ${text}`
}

const wholeAnswer = () =>
  behave.json(chat.completion(content.answer), { headers: { 'set-cookie': secrets.literal } })
const streamed = (reported?: object) =>
  chat.stream([content.answer.slice(0, 20), content.answer.slice(20)], { withUsage: true, ...reported })
/** A provider that returns the request that it received, as careless ones do. */
const echo = (status: number): Behavior =>
  behave.custom((to) =>
    behave
      .error(status, { message: `bad key ${to.request.headers['authorization']} for ${to.request.text()}` })
      .answer(to),
  )

test('calls with planted secrets run with every outcome', async () => {
  const tail = await fetch(`${node.url}/admin/v1/tail`, {
    headers: { authorization: 'Bearer gha_admin-key-that-is-no-secret-0123456789' },
  })
  const tailed = readAll(tail)

  expect(await call('ok', body(), [wholeAnswer()])).toContain(content.answer)
  expect(await call('stream', body({ stream: true }), [behave.sse(streamed())])).toContain(marker)
  expect(await call('key from the environment', body({ model: 'environment' }), [wholeAnswer()])).toStartWith(
    '200',
  )
  expect(
    await call('own key', body({ model: 'own' }), [wholeAnswer()], {
      headers: { 'x-gatehouse-upstream-key': secrets.caller },
    }),
  ).toStartWith('200')
  expect(provider.requests.at(-1)?.headers['authorization']).toBe(`Bearer ${secrets.caller}`)
  expect(await call('no own key', body({ model: 'own' }))).toStartWith('502')
  expect(
    await call('spaced own key', body({ model: 'own' }), [], {
      headers: { 'x-gatehouse-upstream-key': `${secrets.caller} é` },
    }),
  ).toMatch(/^(4|5)/)

  expect(await call('token', body({ model: 'oauth' }), [wholeAnswer()])).toStartWith('200')
  expect(provider.requests.at(-1)?.headers['authorization']).toBe(`Bearer ${secrets.token}`)
  // the token is refused, and no other one is available
  tokens.always(behave.custom((to) => behave.error(500, { message: to.request.text() }).answer(to)))
  expect(await call('token refused', body({ model: 'oauth' }), [echo(401)])).toStartWith('502')
  expect(tokens.requests.at(-1)?.text()).toContain(secrets.client)

  expect(await call('credential refused', failing(), [echo(401)])).toStartWith('502')
  expect(await call('forbidden', failing(), [echo(403)])).toMatch(/^[45]/)
  expect(
    await call('garbage', failing(), [
      behave.text(`${secrets.literal} ${content.answer}`, 'application/json'),
    ]),
  ).toStartWith('502')
  expect(
    await call('html', failing(), [
      behave.text(`<p>${secrets.literal} ${content.answer}`, 'text/html', { status: 502 }),
    ]),
  ).toMatch(/^5/)
  expect(
    await call('cut', failing(), [behave.wholeThenCut(JSON.stringify(chat.completion(content.answer)), 0.7)]),
  ).toStartWith('502')
  expect(await call('stream cut', failing({ stream: true }), [behave.sseThenCut(streamed(), 0.7)])).toMatch(
    /error/,
  )
  expect(
    await call('bad event', failing({ stream: true }), [
      behave.sse(`${streamed().split('\n\n')[1]}\n\ndata: {"x": ${marker}\n\n`),
    ]),
  ).toMatch(/error/)

  expect(
    await call(
      'blocked request',
      body({ messages: [...messages, { role: 'user', content: 'xylophonist' }] }),
    ),
  ).toStartWith('400')
  expect(
    await call('blocked answer', body(), [behave.json(chat.completion(`${content.answer} xylophonist`))]),
  ).toStartWith('400')
  expect(
    await call('blocked stream', body({ stream: true }), [
      behave.sse(chat.stream([content.answer, ' xylophonist'])),
    ]),
  ).toMatch(/content_filter/)
  expect(await call('restored', body(), [behave.json(chat.completion('Wrote to <EMAIL_1>.'))])).toContain(
    content.mail,
  )

  expect(
    await call(
      'not JSON',
      `{"model":"literal","messages":[{"role":"user","content":"${content.prompt}" oops`,
    ),
  ).toStartWith('400')
  expect(await call('not JSON at all', content.prompt)).toStartWith('400')
  expect(await call('wrong type', body({ messages: content.prompt }))).toStartWith('400')
  expect(await call('wrong model', body({ model: [content.prompt] }))).toStartWith('400')
  expect(await call('wrong stream', body({ stream: content.prompt }))).toStartWith('400')
  expect(
    await call('duplicate', `{"model":"literal","messages":"${content.prompt}","messages":[]}`),
  ).toStartWith('400')
  expect(await call('unknown model', body({ model: 'nothing' }))).toStartWith('404')
  expect(await call('wrong key', body(), [], { key: secrets.wrong })).toStartWith('401')
  expect(await call('fault of ours', body(), [], { key: 'gh_deep-key-0123456789abcdef' })).toStartWith('500')

  const inUrl = await fetch(`${node.url}/v1/chat/completions?key=${secrets.query}`, {
    method: 'POST',
    body: JSON.stringify(body()),
  })
  refusals.push({ what: 'key in the URL', text: await inUrl.text() })
  expect(inUrl.status).toBe(401)
  const basic = await fetch(`${node.url}/v1/models`, {
    headers: { authorization: `Basic ${btoa(secrets.wrong)}` },
  })
  refusals.push({ what: 'basic', text: await basic.text() })

  // kept responses are on the disk, sealed
  provider.next(wholeAnswer())
  const kept = await fetch(`${node.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secrets.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'literal',
      max_output_tokens: 50,
      input: `${content.prompt} I am ${content.mail}.`,
    }),
  })
  const { id } = (await kept.json()) as { id: string }
  const again = await fetch(`${node.url}/v1/responses/${id}`, {
    headers: { authorization: `Bearer ${secrets.key}` },
  })
  expect(await again.text()).toContain(content.answer)

  // a client that leaves in the middle of a stream
  const leaving = new AbortController()
  const manual = behave.manual()
  provider.next(manual)
  const left = node.chat(body({ stream: true }), { key: secrets.key, signal: leaving.signal })
  await manual.started
  manual.head(200, { 'content-type': 'text/event-stream' })
  manual.push(streamed().split('\n\n').slice(0, 2).join('\n\n') + '\n\n')
  await left
  leaving.abort()
  // By then the gateway has noticed the connection that closed before these.
  for (let trip = 0; trip < 3; trip += 1) await fetch(`${node.url}/healthz`)
  manual.cut()

  const records = await eventually('every record is there', async () => {
    const all = await node.records()
    const isLeaverThere = all.some(({ code }) => code === 'client-gone')
    return isLeaverThere && all.filter(({ key }) => key !== undefined).length >= refusals.length - 3 && all
  })
  // the plan above reached every intended outcome
  expect(new Set(records.map(({ code }) => code))).toEqual(
    new Set([
      undefined,
      'upstream-credential',
      'upstream-error',
      'upstream-garbage',
      'upstream-cut',
      'guard-blocked',
      'bad-request',
      'unknown-model',
      'internal',
      'client-gone',
    ] as const),
  )

  const admin = async (what: string, path: string, init?: RequestInit) => {
    const received = await node.admin(path, init)
    administered.push({ what, text: JSON.stringify(received.body) })
    return received
  }
  for (const path of [
    '/keys',
    '/budgets',
    '/providers',
    '/configuration',
    '/usage?by=key',
    '/usage?by=target',
    '/records?limit=200',
    '/openapi.json',
    '/explain?key=planted&model=literal',
  ])
    await admin(path, path)
  for (const { id } of records) await admin('record', `/records/${id}`)
  await admin('wrong admin key', '/keys', { headers: { authorization: `Bearer ${secrets.wrongAdmin}` } })
  await admin('no such key', `/keys/nobody`)

  // edits with an error next to a secret
  const edits = [
    config.replace(`key: ${secrets.literal}`, `kye: ${secrets.literal}`),
    config.replace(`key: ${secrets.literal}`, `key: [ ${secrets.literal} ]`),
    config.replace(`key: ${secrets.literal}`, `key: "${secrets.literal}`),
    config.replace(`key: ${secrets.literal}`, `key: ${numeric}`),
    config.replace(`key: ${secrets.literal}`, `key: { ${secrets.literal} }`),
    config.replace(`key: ${secrets.literal}`, `key: "\${${marker.toUpperCase()}:?${secrets.literal}}"`),
    config.replace(`secret: ${secrets.key}`, `secret: ${secrets.key}\n  planted: 5`),
    config.replace(`clientSecret: ${secrets.client}`, `clientSecret: { x: ${secrets.client} }`),
  ]
  for (const edit of edits) {
    writeFileSync(node.configPath, completed(edit))
    expect((await admin('broken edit', '/configuration/reload', { method: 'POST' })).status).toBe(422)
    await admin('broken edit shown', '/configuration')
  }
  writeFileSync(node.configPath, completed(config))
  expect((await admin('mended edit', '/configuration/reload', { method: 'POST' })).status).toBe(200)

  administered.push({ what: '/metrics', text: await (await fetch(`${node.url}/metrics`)).text() })
  administered.push({ what: '/readyz', text: await (await fetch(`${node.url}/readyz`)).text() })
  const made = await node.admin('/keys', {
    method: 'POST',
    body: JSON.stringify({ id: 'made', team: 'testers' }),
  })
  plants.push((made.body as { secret: string }).secret)
  const rotated = await node.admin('/keys/made/rotate', { method: 'POST', body: '{}' })
  plants.push((rotated.body as { secret: string }).secret)
  await admin('keys again', '/keys')
  inFolder('while it runs')
  node.signal('SIGTERM')
  expect(await node.exited).toBe(0)
  administered.push({ what: 'tail', text: (await tailed).text })
  expect((await tailed).text).toContain('guard-blocked')
}, 40_000)

const found: { what: string; plants: string[] }[] = []

function inFolder(when: string): number {
  let files = 0
  for (const name of readdirSync(join(node.folder, 'data'), { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue
    files += 1
    const plantsHere = planted(readFileSync(join(name.parentPath, name.name), 'latin1'))
    if (plantsHere.length > 0) found.push({ what: `${name.name} ${when}`, plants: plantsHere })
  }
  return files
}

test('the data folder has no planted secret: journal, database, log of the database, snapshot', () => {
  expect(inFolder('afterwards')).toBeGreaterThan(5)
  expect(readFileSync(join(node.folder, 'data', 'kept.db')).length).toBeGreaterThan(4096)
  expect(found).toEqual([])
})

test('the output of the process has no planted secret', () => {
  expect(node.said()).toContain('an exchange failed inside of Gatehouse')
  expect(planted(node.said())).toEqual([])
})

test('the responses of the admin API, the metrics and the tail have no planted secret', () => {
  expect(administered.length).toBeGreaterThan(40)
  expect(
    administered
      .map(({ what, text }) => ({ what, plants: planted(text), text }))
      .filter((one) => one.plants.length > 0),
  ).toEqual([])
})

test('no refusal and no header has a planted secret', () => {
  expect(refusals.length).toBeGreaterThan(25)
  expect(
    refusals
      .map(({ what, text }) => ({ what, plants: planted(text), text }))
      .filter((one) => one.plants.length > 0),
  ).toEqual([])
})

test('the search finds a secret that is really there', () => {
  expect(planted(`x ${Buffer.from(secrets.client).toString('base64')} y`)).not.toEqual([])
  expect(planted(JSON.stringify({ text: content.prompt }))).not.toEqual([])
})
