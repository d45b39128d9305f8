// Tests the compiled form of a configuration.

import { afterAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Phase, Snapshot } from '../../src/contract/snapshot.ts'
import { sha256Hex } from '../../src/kit/id.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { check, findConfiguration } from '../../src/control/index.ts'
import { createInspector } from '../../src/gateway/inspect/index.ts'
import { runPolicyTests } from '../../src/gateway/inspect/policies/index.ts'
import { kinds } from '../../src/main/kinds.ts'
import {
  box,
  compileText,
  environment,
  keyOf,
  load,
  now,
  removeFolders,
  temporaryFolder,
  write,
} from './compiling.ts'

afterAll(removeFolders)

/** The real guards. */
const detectWith = (snapshot: Snapshot) => {
  const guards = createInspector({ snapshot, clock: createFakeClock() })
  return (text: string, phase: Phase) => guards.detect(text, phase)
}

const examples = join(import.meta.dir, '../../examples')

describe('an example', () => {
  for (const file of readdirSync(examples).filter((name) => name.endsWith('.yaml'))) {
    test(`${file} has no mistake, no warning, and its policy tests pass`, async () => {
      const options = {
        path: join(examples, file),
        folder: examples,
        environment,
        kinds,
        seal: box.seal,
        now,
      }
      const checked = await check(options, (snapshot, tests) =>
        runPolicyTests(snapshot.policies, tests, detectWith(snapshot), now),
      )
      expect(checked.problems).toEqual([])
      expect(checked.compiled).toBeDefined()
    })
    test(`${file} compiles to what it did`, () => {
      const { compiled } = load(join(examples, file))
      if (!compiled) throw new Error('it does not compile')
      const { rules, settings, tests } = compiled
      const { snapshot, keys } = rules
      // catalog prices and the path of the folder change without an edit of the configuration
      const targets = Object.fromEntries(
        Object.entries(snapshot.targets).map(([id, target]) => [
          id,
          { ...target, prices: target.prices.length > 0 ? '…' : [] },
        ]),
      )
      const stable = {
        snapshot: { ...snapshot, version: '…', targets },
        keys,
        settings: { ...settings, data: '…' },
        tests: tests.length,
      }
      expect(stable).toMatchSnapshot()
    })
  }
})

test('a failing policy test is an error at its own line', async () => {
  const folder = temporaryFolder()
  const text = readFileSync(join(examples, 'guards.yaml'), 'utf8').replace('expect: only', 'expect: none')
  write(folder, { 'gatehouse.yaml': text })
  const checked = await check(
    { path: join(folder, 'gatehouse.yaml'), folder, environment, kinds, seal: box.seal, now },
    (snapshot, tests) => runPolicyTests(snapshot.policies, tests, detectWith(snapshot), now),
  )
  const line = text.split('\n').findIndex((row) => row.includes('IBAN')) + 1
  expect(checked.problems).toMatchObject([
    { severity: 'error', line, path: 'policies.personal-data-stays-inside.test[0]' },
  ])
  expect(checked.problems[0]?.message).toContain('outcome is "only"')
  expect(checked.compiled).toBeUndefined()
})

const everything = `version: 1
listen: 0.0.0.0:9000
trustedProxies: [10.0.0.0/8, "::1"]
cors: { origins: ["https://app.example"] }
data: /var/lib/gatehouse
admin: { key: "\${ADMIN_KEY}", listen: 127.0.0.1:9001 }
limits: { bodyBytes: 8MB, depth: 64, inFlight: 1k, bodyTime: 30s }
timeouts: { idle: 0, total: 10min }
retry: { attempts: 3, within: 1500ms }
drainOnClientGone: 5s
providers:
  openai:
    kind: openai
    key: planted-literal-provider-secret
    headers: { x-team: "\${TEAM:-none}" }
    timeouts: { connect: 2s }
    options: { project: proj_1 }
  file: { kind: openai-compatible, url: "http://10.0.0.9:8000/v1/", key: { file: ./secrets/key }, traits: [inside], capacity: { concurrent: 4 } }
  oauth:
    kind: openai-compatible
    url: https://ai.example
    credential: { kind: oauth-client-credentials, tokenUrl: "https://id.example/token", clientId: "\${CLIENT_ID}", clientSecret: "\${CLIENT_SECRET}" }
  absent: { kind: openai, key: "\${NOBODY:-}" }
models:
  fast:
    strategy: weighted
    targets: [openai/gpt-5-mini, { target: file/qwen, weight: 3, price: { input: 0.25, output: 2, cacheRead: "0.025", request: 0.001, tiers: [{ above: 200k, input: 0.5 }] }, traits: [eu] }]
    fallbackOn: [error]
prices:
  openai/gpt-5: { input: 1, output: 2 }
teams:
  root: { tags: { a: "1", b: "1" }, allow: { models: ["*"] }, budgets: [{ amount: 12.5, per: month, zone: Europe/Berlin }, { amount: 2M, unit: tokens, per: run, hard: false }] }
  child: { parent: root, tags: { b: "2" }, deny: { models: ["file/*"] }, limits: { requests: 600/min, tokens: 200k/min, concurrent: 20 } }
workloads: { robot: { team: child } }
keys:
  robot: { workload: robot, secret: "\${ROBOT}", previous: { secret: planted-literal-caller-secret, until: 2027-01-01 }, expires: 2027-03-01T12:00:00Z, allow: { models: [fast] }, tagHeaders: [X-Cost], budgets: [{ amount: 1, per: day }], tags: { c: 3 } }
guards:
  words: { kind: patterns, on: [request], action: block, onError: open, timeout: 1s, options: { patterns: { host: { words: [planted] } } } }
policies:
  p: { when: 'subject.team == "child"', then: { only: { targets: [file/*], traits: [eu] } } }
`
const wide = {
  ...environment,
  ADMIN_KEY: keyOf('admin'),
  ROBOT: keyOf('robot'),
  CLIENT_ID: 'planted-client-id',
  CLIENT_SECRET: 'planted-client-secret',
  TEAM: 'blue',
}

describe('a configuration with everything', () => {
  const { problems, compiled } = compileText(
    everything.replace(
      /  words: .*\n/,
      '  words: { kind: pii, on: [request], action: block, onError: open, timeout: 1s }\n',
    ),
    wide,
    { 'secrets/key': 'planted-file-secret\n' },
  )
  if (!compiled) throw new Error(`it does not compile: ${JSON.stringify(problems, null, 1)}`)
  const { rules, settings } = compiled
  const { snapshot, keys } = rules

  test('keeps references as references, seals literals, and has no secret in clear anywhere', () => {
    const { destinations: providers } = snapshot
    expect(providers['openai']?.credential.secrets['key']).toEqual({
      kind: 'sealed',
      sealed: box.seal('planted-literal-provider-secret'),
    })
    expect(providers['file']?.credential.secrets['key']).toMatchObject({ kind: 'file' })
    expect(providers['oauth']?.credential).toMatchObject({
      kind: 'oauth-client-credentials',
      secrets: { clientSecret: { kind: 'env', name: 'CLIENT_SECRET' } },
    })
    const all = JSON.stringify({ compiled, problems })
    for (const planted of [
      'planted-literal',
      'planted-file',
      'planted-client-secret',
      wide.ADMIN_KEY,
      wide.ROBOT,
    ])
      expect(all).not.toContain(planted)
  })
  test('has the hashes of keys, the rotated one with its end', () => {
    const [key] = keys
    expect(key).toMatchObject({
      id: 'robot',
      team: 'child',
      workload: 'robot',
      expiresAt: Date.UTC(2027, 2, 1, 12),
      secrets: [
        { sha256: sha256Hex(wide.ROBOT) },
        { sha256: sha256Hex('planted-literal-caller-secret'), until: Date.UTC(2027, 0, 1) },
      ],
      tags: { c: '3' },
      tagHeaders: ['x-cost'],
      grant: { allow: { models: ['fast'] }, deny: {} },
      budgets: [{ id: 'key/robot/day/usd', amount: '1000000000' }],
      owner: 'file',
    })
    expect(settings.admin).toEqual({
      keySha256: sha256Hex(wide.ADMIN_KEY),
      listen: { host: '127.0.0.1', port: 9001 },
    })
  })
  test('has prices in nano-dollars, rates in ms, sizes in bytes', () => {
    expect(snapshot.targets['file/qwen']).toEqual({
      id: 'file/qwen',
      provider: 'file',
      model: 'qwen',
      traits: ['inside', 'eu'],
      prices: [
        {
          input: 250_000_000,
          output: 2_000_000_000,
          cacheRead: 25_000_000,
          request: 1_000_000,
          tiers: [{ above: 200_000, input: 500_000_000 }],
        },
      ],
    })
    // a token price makes searches not free, and does not make all service tiers equal
    expect(snapshot.targets['openai/gpt-5']?.prices).toEqual([
      {
        input: 1_000_000_000,
        output: 2_000_000_000,
        fees: { web_search: 10_000_000, file_search: 2_500_000 },
        factors: { flex: 500_000, batch: 500_000 },
      },
    ])
    expect(snapshot.teams['child']).toMatchObject({
      path: ['child', 'root'],
      tags: { a: '1', b: '2' },
      limits: {
        requests: { amount: 600, perMs: 60_000 },
        tokens: { amount: 200_000, perMs: 60_000 },
        concurrent: 20,
      },
    })
    expect(snapshot.teams['root']?.budgets).toMatchObject([
      { id: 'team/root/month/usd', amount: '12500000000', zone: 'Europe/Berlin', isHard: true },
      { id: 'team/root/run/tokens', amount: '2000000', isHard: false },
    ])
    expect(snapshot.limits).toEqual({
      bodyBytes: 8 * 1024 * 1024,
      bodiesBytes: 512 * 1024 * 1024,
      depth: 64,
      inFlight: 1_000,
      bodyMs: 30_000,
    })
    expect(snapshot.destinations['openai']?.timeouts).toEqual({
      connectMs: 2_000,
      firstTokenMs: 120_000,
      idleMs: 0,
      totalMs: 600_000,
    })
    expect(snapshot.models['fast']).toMatchObject({
      retry: { attempts: 3, withinMs: 1_500 },
      fallbackOn: ['error'],
    })
  })
  test('has the environment in plain places, and says why a provider is not ready', () => {
    expect(snapshot.destinations['openai']?.headers).toEqual({ 'x-team': 'blue' })
    expect(snapshot.destinations['file']?.baseUrl).toBe('http://10.0.0.9:8000/v1')
    // the key may be absent because the usual variable is set: the provider is ready
    expect(snapshot.destinations['absent']?.notReady).toBeUndefined()
    const without = compileText('version: 1\nproviders: { openai: { kind: openai } }', {}).compiled
    expect(without?.rules.snapshot.destinations['openai']?.notReady).toMatch(/OPENAI_API_KEY is not set/)
  })
  test('has settings with absolute paths', () => {
    expect(settings).toMatchObject({
      listen: { host: '0.0.0.0', port: 9000 },
      data: '/var/lib/gatehouse',
      trustedProxies: ['10.0.0.0/8', '::1'],
    })
  })
})

describe('the version', () => {
  const version = (text: string) => compileText(text, wide).compiled?.rules.snapshot.version
  const text = 'version: 1\nproviders: { openai: { kind: openai, key: literal }, demo: { kind: demo } }\n'
  test('is the same for the same rules, sealed secrets included, in whatever order they stand', () => {
    expect(version(text)).toMatch(/^[0-9a-f]{16}$/)
    expect(version(text)).toBe(
      version('version: 1\nproviders: { demo: { kind: demo }, openai: { key: literal, kind: openai } }\n'),
    )
  })
  test('is another one when a rule or a secret changes', () => {
    expect(version(text)).not.toBe(version(text.replace('literal', 'another')))
    expect(version(text)).not.toBe(version(`${text}limits: { depth: 50 }\n`))
  })
})

describe('included files', () => {
  const main = 'version: 1\ninclude: [teams/*.yaml]\nteams: { a: {} }\n'
  test('add to the sections, and mistakes in them are told there', () => {
    const { compiled } = compileText(main, environment, {
      'teams/b.yaml': 'teams: { b: { parent: a } }',
      'teams/c.yaml': 'keys:\n  k: { team: b, secret: "${CI_KEY}" }',
    })
    expect(Object.keys(compiled?.rules.snapshot.teams ?? {})).toEqual(['a', 'b'])
    expect(compiled?.rules.keys).toHaveLength(1)
    const { problems } = compileText(main, environment, { 'teams/b.yaml': 'teams:\n  b: { parent: x }' })
    expect(problems).toMatchObject([{ file: 'teams/b.yaml', line: 2, column: 16 }])
  })
  test('must not define a name twice, nor the server', () => {
    const { problems } = compileText(main, environment, {
      'teams/b.yaml': 'teams:\n  a: {}\nlisten: 0.0.0.0:1',
    })
    expect(problems).toMatchObject([
      { file: 'teams/b.yaml', line: 2, message: 'teams.a is defined twice: also at gatehouse.yaml:3' },
      { file: 'teams/b.yaml', line: 3, message: '"listen" is not allowed in an included file' },
    ])
  })
})

test('the path of a secret’s file may stand in the environment, and is no secret', () => {
  const text =
    'version: 1\nproviders:\n  own: { kind: openai-compatible, url: "http://10.0.0.1/v1", key: { file: "${KEY_FILE}" } }\n'
  const { problems, compiled } = compileText(text, { ...environment, KEY_FILE: '/run/secrets/key' })
  expect([problems, compiled?.rules.snapshot.destinations['own']?.credential.secrets['key']]).toEqual([
    [],
    { kind: 'file', path: '/run/secrets/key' },
  ])
})

describe('without a file', () => {
  test('there are the demo provider and the vendors whose key is in the environment, open to everyone', () => {
    const { compiled, problems } = load(undefined, { OPENAI_API_KEY: 'sk-planted' })
    expect(problems).toEqual([])
    expect(Object.keys(compiled?.rules.snapshot.destinations ?? {}).sort()).toEqual(['demo', 'openai'])
    expect(compiled?.rules.snapshot.acceptsBareVendorNames).toBe(true)
    expect(compiled?.rules.snapshot.teams['everyone']?.grant.allow.models).toEqual(['*', '*/*'])
    expect(JSON.stringify(compiled)).not.toContain('sk-planted')
    expect(Object.keys(load(undefined, {}).compiled?.rules.snapshot.destinations ?? {})).toEqual(['demo'])
  })
  test('compatible vendors are among them, under their own names; servers of one’s own need no key, and are not', () => {
    const { compiled, problems } = load(undefined, { GROQ_API_KEY: 'planted', MISTRAL_API_KEY: 'planted' })
    expect(problems).toEqual([])
    expect(
      Object.values(compiled?.rules.snapshot.destinations ?? {}).map(({ name, kind, baseUrl }) => [
        name,
        kind,
        baseUrl,
      ]),
    ).toEqual([
      ['groq', 'groq', 'https://api.groq.com/openai/v1'],
      ['mistral', 'mistral', 'https://api.mistral.ai/v1'],
      ['demo', 'demo', 'demo://offline'],
    ])
    const own = compileText(
      'version: 1\nproviders:\n  ollama: { kind: ollama }\n  far: { kind: vllm, url: "http://10.0.0.1:8000/v1", key: "${CI_KEY}" }\n',
    ).compiled
    expect(own?.rules.snapshot.destinations).toMatchObject({
      ollama: { baseUrl: 'http://127.0.0.1:11434/v1', credential: { kind: 'none' } },
      far: { baseUrl: 'http://10.0.0.1:8000/v1', credential: { kind: 'bearer' } },
    })
    expect(own?.rules.snapshot.destinations['ollama']?.notReady).toBeUndefined()
  })
  test('a vendor whose customers have addresses of their own needs that too', () => {
    const key = { AZURE_OPENAI_API_KEY: 'planted' }
    const loaded = load(undefined, key)
    expect([loaded.problems, Object.keys(loaded.compiled?.rules.snapshot.destinations ?? {})]).toEqual([
      [],
      ['demo'],
    ])
    const { compiled } = load(undefined, { ...key, AZURE_OPENAI_ENDPOINT: 'https://r.openai.azure.com/' })
    expect(compiled?.rules.snapshot.destinations['azure']).toMatchObject({
      kind: 'azure',
      baseUrl: 'https://r.openai.azure.com',
      credential: { settings: { header: 'api-key' } },
    })
  })
  test('the file is the named one, else the one of the environment, else the usual one', () => {
    const folder = temporaryFolder()
    expect(findConfiguration(undefined, {}, folder)).toBeUndefined()
    write(folder, { 'gatehouse.yaml': '' })
    expect(findConfiguration(undefined, {}, folder)).toBe(join(folder, 'gatehouse.yaml'))
    expect(findConfiguration(undefined, { GATEHOUSE_CONFIG: 'a.yaml' }, folder)).toBe(join(folder, 'a.yaml'))
    expect(findConfiguration('b.yaml', { GATEHOUSE_CONFIG: 'a.yaml' }, folder)).toBe(join(folder, 'b.yaml'))
    expect(load(join(folder, 'b.yaml')).problems[0]).toMatchObject({ file: 'b.yaml', severity: 'error' })
  })
})

test('a hard budget over a target without a price is warned of', () => {
  const { problems, compiled } = compileText(`version: 1
providers: { own: { kind: openai-compatible, url: "http://10.0.0.1/v1" } }
models: { local: own/model }
teams: { all: { allow: { models: ["*"] }, budgets: [{ amount: 1, per: day }] } }
`)
  expect(problems).toMatchObject([{ severity: 'warning', path: 'models.local', line: 3 }])
  expect(compiled).toBeDefined()
})

test('quoted references stay text, unquoted ones become numbers, and $${ is a plain ${', () => {
  const { compiled, problems } = compileText(
    'version: 1\nlimits: { depth: 50 }\nproviders:\n  own: { kind: openai-compatible, url: "http://h/v1", headers: { a: "$${X}", b: "${N}" } }\nmodels:\n  m:\n    targets: [own/x]\n    retry:\n      attempts: ${N}\n',
    { N: '3' },
  )
  expect(problems).toEqual([])
  expect(compiled?.rules.snapshot.destinations['own']?.headers).toEqual({ a: '${X}', b: '3' })
  expect(compiled?.rules.snapshot.models['m']?.retry.attempts).toBe(3)
})
