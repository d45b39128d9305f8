import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import type { KeyEntry } from '../../contract/directory.ts'
import type { Resource } from '../../contract/resource.ts'
import type { GrantRule, Snapshot, TeamRule } from '../../contract/snapshot.ts'
import { compileGlob } from '../../kit/glob.ts'
import { createPrincipals } from '../identify/index.ts'
import { createAuthorizer } from './index.ts'
import type { ModelNames } from './index.ts'

const provider = (name: string): Snapshot['destinations'][string] => ({
  section: 'providers',
  serves: 'model',
  name,
  kind: 'openai',
  baseUrl: 'https://api.example',
  credential: { kind: 'none', secrets: {}, settings: {} },
  headers: {},
  traits: [],
  timeouts: { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 },
  allowsPrivateAddress: false,
  options: {},
})
const model = (name: string, ...targets: string[]): Snapshot['models'][string] => ({
  name,
  strategy: 'first',
  targets: targets.map((target) => ({ target, weight: 1 })),
  fallbackOn: [],
  retry: { attempts: 1, withinMs: 0 },
})
const grant = (allow?: readonly string[], deny?: readonly string[]): GrantRule => ({
  allow: allow ? { models: allow } : {},
  deny: deny ? { models: deny } : {},
})
const team = (name: string, path: readonly string[], rule: GrantRule): TeamRule => ({
  name,
  path,
  grant: rule,
  tags: {},
  budgets: [],
})
const key = (id: string, teamName: string, rule?: GrantRule): KeyEntry => ({
  id,
  team: teamName,
  secrets: [],
  createdAt: 0,
  tags: {},
  owner: 'file',
  ...(rule && { grant: rule }),
})
const snapshot = (teams: readonly TeamRule[], acceptsBareVendorNames = false): Snapshot => ({
  version: 'v',
  compiledAt: 0,
  destinations: { openai: provider('openai'), anthropic: provider('anthropic') },
  targets: {},
  models: {
    fast: model('fast', 'anthropic/claude-haiku-4-5', 'openai/gpt-5-mini'),
    smart: model('smart', 'openai/gpt-5'),
  },
  teams: Object.fromEntries(teams.map((rule) => [rule.name, rule])),
  guards: [],
  policies: [],
  limits: { bodyBytes: 1, bodiesBytes: 1_000_000_000, depth: 1, inFlight: 1, bodyMs: 1 },
  acceptsBareVendorNames,
  responses: { keepMs: 0, bytesPerKey: 1, totalBytes: 1, storesUpstream: false },
  retry: { attempts: 2, withinMs: 20_000 },
  drainOnClientGoneMs: 0,
})
function authorizerOfKeys(rules: Snapshot, names: ModelNames) {
  const { of } = createPrincipals(rules)
  const { authorize, explain } = createAuthorizer(rules, names)
  return {
    authorize: (entry: KeyEntry, resource: Resource) => authorize(of(entry), resource),
    explain: (entry: KeyEntry, resource: Resource) => explain(of(entry), resource),
  }
}
const plainNames: ModelNames = {
  bareName: () => undefined,
  canonical: (_provider, model) => model,
  otherNames: () => [],
}
const ask = (name: string) => ({ kind: 'model', name }) as const

describe('globs', () => {
  const cases: readonly [string, string, boolean][] = [
    ['*', 'fast', true],
    ['*', 'openai/gpt-5', false],
    ['*/*', 'openai/gpt-5', true],
    ['*/*', 'fast', false],
    ['openai/*', 'openai/org/gpt', true],
    ['open*/gpt-*-mini', 'openai/gpt-5-mini', true],
    ['openai/gpt-*-mini', 'openai/gpt-5', false],
    ['openai/gpt-5', 'openai/gpt-5', true],
    ['a*a', 'a', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b*', 'xxbxxaxx', false],
    ['openai*', 'openai/gpt-5', false],
    ['', '', true],
  ]
  for (const [pattern, name, expected] of cases) {
    test(`"${pattern}" ${expected ? 'matches' : 'does not match'} "${name}"`, () =>
      expect(compileGlob(pattern)(name)).toBe(expected))
  }
})

describe('a key is let in', () => {
  const root = team('root', ['root'], grant(['*']))
  const child = team('child', ['child', 'root'], grant(['openai/*'], ['smart']))
  const rules = authorizerOfKeys(snapshot([root, child]), plainNames)
  const of = (entry: KeyEntry, name: string) => rules.authorize(entry, ask(name))

  test('by the grant of its team or of an ancestor, and the rule that allowed is named', () => {
    expect(of(key('k', 'child'), 'fast')?.rule).toBe('teams.root.allow.models[0]')
    expect(of(key('k', 'child'), 'openai/gpt-9')?.rule).toBe('teams.child.allow.models[0]')
  })
  test('but not where a deny on the path matches', () => {
    expect(of(key('k', 'child'), 'smart')).toBeUndefined()
    expect(of(key('k', 'root'), 'smart')).toBeDefined()
  })
  test('and a grant of a model does not open its targets by name', () => {
    expect(of(key('k', 'root'), 'fast')).toBeDefined()
    expect(of(key('k', 'root'), 'openai/gpt-5-mini')).toBeUndefined()
  })
  test('and its own list only narrows', () => {
    const narrow = key('k', 'child', grant(['fast', 'anthropic/*']))
    expect(of(narrow, 'fast')).toBeDefined()
    expect(of(narrow, 'openai/gpt-5')).toBeUndefined()
    expect(of(narrow, 'anthropic/claude-haiku-4-5')).toBeUndefined()
  })
  test('and a denied target is left out of the models that have it', () => {
    const careful = team('careful', ['careful'], grant(['*'], ['openai/*']))
    const strict = authorizerOfKeys(snapshot([careful]), plainNames)
    expect(
      strict.authorize(key('k', 'careful'), ask('fast'))?.plan.targets.map(({ target }) => target),
    ).toEqual(['anthropic/claude-haiku-4-5'])
    expect(strict.authorize(key('k', 'careful'), ask('smart'))).toBeUndefined()
  })
  test('never to what does not exist, a team that does not exist, names of the object prototype, or absurd lengths', () => {
    for (const name of [
      'nope',
      'nope/gpt',
      'openai/',
      '/gpt',
      '',
      '__proto__',
      'constructor',
      'toString/x',
      `openai/${'x'.repeat(300)}`,
    ]) {
      expect(of(key('k', 'root', grant(['*', '*/*'])), name)).toBeUndefined()
    }
    expect(of(key('k', 'ghost'), 'fast')).toBeUndefined()
    expect(of(key('k', '__proto__'), 'fast')).toBeUndefined()
  })
  test('by a bare vendor name only if the snapshot accepts them, judged as its target', () => {
    const everyone = team('everyone', ['everyone'], grant(['*', 'openai/*']))
    const bare = (name: string) =>
      name === 'gpt-5-mini' ? 'openai/gpt-5-mini' : name === 'claude' ? 'anthropic/claude' : undefined
    expect(
      authorizerOfKeys(snapshot([everyone], true), { ...plainNames, bareName: bare }).authorize(
        key('k', 'everyone'),
        ask('gpt-5-mini'),
      )?.plan.targets[0]?.target,
    ).toBe('openai/gpt-5-mini')
    expect(
      authorizerOfKeys(snapshot([everyone], true), { ...plainNames, bareName: bare }).authorize(
        key('k', 'everyone'),
        ask('claude'),
      ),
    ).toBeUndefined()
    expect(
      authorizerOfKeys(snapshot([everyone], false), { ...plainNames, bareName: bare }).authorize(
        key('k', 'everyone'),
        ask('gpt-5-mini'),
      ),
    ).toBeUndefined()
  })
  test('with the same result from the cache, even after thousands of invented names', () => {
    const entry = key('k', 'root')
    const before = of(entry, 'fast')
    expect(of(entry, 'fast')).toBe(before)
    for (let index = 0; index < 5_000; index += 1) expect(of(entry, `invented-${index}`)).toBeUndefined()
    expect(of(entry, 'fast')).toEqual(before)
  })
})

describe('whatever the grants are', () => {
  const pattern = fc.constantFrom(
    '*',
    '*/*',
    'openai/*',
    'anthropic/*',
    'fast',
    'smart',
    'f*',
    '*/gpt-5*',
    'openai/gpt-5',
  )
  const rule = fc.record({
    allow: fc.array(pattern, { maxLength: 3 }),
    deny: fc.array(pattern, { maxLength: 2 }),
  })
  const name = fc.constantFrom(
    'fast',
    'smart',
    'openai/gpt-5',
    'openai/gpt-5-mini',
    'anthropic/claude-haiku-4-5',
    'nope',
  )
  const world = fc.record({ root: rule, child: rule, own: fc.option(rule, { nil: undefined }), name })
  const build = (it: {
    root: { allow: string[]; deny: string[] }
    child: { allow: string[]; deny: string[] }
    own: { allow: string[]; deny: string[] } | undefined
  }) => {
    const rules = snapshot([
      team('root', ['root'], grant(it.root.allow, it.root.deny)),
      team('child', ['child', 'root'], grant(it.child.allow, it.child.deny)),
    ])
    return {
      rules: authorizerOfKeys(rules, plainNames),
      entry: key('k', 'child', it.own && grant(it.own.allow, it.own.deny)),
      bare: key('bare', 'child'),
    }
  }
  test('a deny on the path always wins, over a name and over its targets', () => {
    fc.assert(
      fc.property(world, (it) => {
        const { rules, entry } = build(it)
        const answer = rules.authorize(entry, ask(it.name))
        const denies = [...it.root.deny, ...it.child.deny, ...(it.own?.deny ?? [])].map(compileGlob)
        if (denies.some((matches) => matches(it.name))) expect(answer).toBeUndefined()
        for (const { target } of answer?.plan.targets ?? [])
          expect(denies.some((matches) => matches(target))).toBe(false)
      }),
    )
  })
  test('a key with its own list never allows more than the same key without one', () => {
    fc.assert(
      fc.property(world, (it) => {
        const { rules, entry, bare } = build(it)
        const wide = rules.authorize(bare, ask(it.name))?.plan.targets.map(({ target }) => target) ?? []
        for (const { target } of rules.authorize(entry, ask(it.name))?.plan.targets ?? [])
          expect(wide).toContain(target)
      }),
    )
  })
  test('the explanation equals the decision', () => {
    fc.assert(
      fc.property(world, (it) => {
        const { rules, entry } = build(it)
        const answer = rules.authorize(entry, ask(it.name))
        const told = rules.explain(entry, ask(it.name))
        expect(told.isAllowed).toBe(answer !== undefined)
        expect([...told.targets]).toEqual(answer?.plan.targets.map(({ target }) => target) ?? [])
        expect(told.fix === undefined).toBe(told.isAllowed)
      }),
    )
  })
})

test('an explanation names the rules in order, the deciding one last, and the fix', () => {
  const root = team('root', ['root'], grant(['*']))
  const child = team('child', ['child', 'root'], grant(['anthropic/*'], ['smart', '*/gpt-5-mini']))
  const { explain } = authorizerOfKeys(snapshot([root, child]), plainNames)
  const shown = (entry: KeyEntry, name: string) => {
    const told = explain(entry, ask(name))
    return [told.isAllowed, ...told.reasons.map((reason) => `${reason.effect} ${reason.rule}`), told.fix]
  }
  expect(shown(key('ci', 'child'), 'fast')).toEqual([
    true,
    'exists models.fast',
    'deny teams.child.deny.models[1]',
    'allow teams.root.allow.models[0]',
    undefined,
  ])
  expect(shown(key('ci', 'child'), 'smart')).toEqual([
    false,
    'exists models.smart',
    'deny teams.child.deny.models[0]',
    'remove "smart" from teams.child.deny.models[0]: a deny on the path wins over every allow',
  ])
  expect(shown(key('ci', 'child'), 'openai/gpt-5')).toEqual([
    false,
    'exists providers.openai',
    'no-match teams.child.allow.models',
    'add "openai/gpt-5" (or a glob such as "openai/*") to teams.child.allow.models',
  ])
  expect(shown(key('ci', 'child', grant(['smart'])), 'fast')).toEqual([
    false,
    'exists models.fast',
    'allow teams.root.allow.models[0]',
    'no-match keys.ci.allow.models',
    'add "fast" (or a glob such as "*") to keys.ci.allow.models',
  ])
  expect(shown(key('ci', 'child'), 'fsat')).toEqual([false, 'unknown models', 'did you mean "fast"?'])
  expect(shown(key('ci', 'child'), 'opnai/gpt-5')).toEqual([
    false,
    'unknown providers',
    'did you mean "openai/gpt-5"?',
  ])
})

describe('tools and agents', () => {
  const at = (name: string, section: 'mcpServers' | 'agents', serves: 'tool' | 'agent') => ({
    ...provider(name),
    section,
    serves,
  })
  const rules: Snapshot = {
    ...snapshot([
      {
        ...team('root', ['root'], grant(['*'])),
        grant: {
          allow: { tools: ['github/*'], agents: ['refunds', 'refunds/read'] },
          deny: { tools: ['github/delete_*'], agents: ['refunds/wire'] },
        },
      },
    ]),
    destinations: {
      openai: provider('openai'),
      github: at('github', 'mcpServers', 'tool'),
      slack: at('slack', 'mcpServers', 'tool'),
      refunds: at('refunds', 'agents', 'agent'),
    },
  }
  const { authorize, explain } = authorizerOfKeys(rules, plainNames)
  const shown = (resource: Resource, entry = key('ci', 'root')) => {
    const told = explain(entry, resource)
    expect(told.isAllowed).toBe(authorize(entry, resource) !== undefined)
    return [
      told.isAllowed,
      ...told.reasons.map(({ effect, rule, text }) => `${effect} ${rule}: ${text}`),
      told.fix,
    ]
  }
  test('an explanation of a tool names its server, its grants and its fix', () => {
    expect(shown({ kind: 'tool', name: 'github/create_issue' })).toEqual([
      true,
      'exists mcpServers.github: "github/create_issue" is a tool of the server "github"',
      'allow teams.root.allow.tools[0]: "github/*" allows "github/create_issue"',
      undefined,
    ])
    expect(shown({ kind: 'tool', name: 'github/delete_repo' })).toEqual([
      false,
      'exists mcpServers.github: "github/delete_repo" is a tool of the server "github"',
      'deny teams.root.deny.tools[0]: "github/delete_*" denies "github/delete_repo"; a deny on the path wins',
      'remove "github/delete_*" from teams.root.deny.tools[0]: a deny on the path wins over every allow',
    ])
    expect(shown({ kind: 'tool', name: 'slack' })).toEqual([
      false,
      'exists mcpServers.slack: "slack" is a server; its list is open when any of its tools is',
      'no-match teams.root.allow.tools: team "root" and its ancestors allow nothing that matches "slack"; what nobody allows is denied',
      'add "slack/*" (or some of its tools) to teams.root.allow.tools',
    ])
    expect(
      shown(
        { kind: 'tool', name: 'github/read' },
        { ...key('ci', 'root'), grant: { allow: { tools: ['github/list'] }, deny: {} } },
      ),
    ).toEqual([
      false,
      'exists mcpServers.github: "github/read" is a tool of the server "github"',
      'allow teams.root.allow.tools[0]: "github/*" allows "github/read"',
      'no-match keys.ci.allow.tools: the key\'s own list does not have "github/read", and keys only narrow',
      'add "github/read" (or a glob such as "github/*") to keys.ci.allow.tools',
    ])
  })
  test('an explanation of an agent does, too', () => {
    expect(shown({ kind: 'agent', name: 'refunds' })).toEqual([
      true,
      'exists agents.refunds: "refunds" is an agent',
      'allow teams.root.allow.agents[0]: "refunds" allows "refunds"',
      undefined,
    ])
    expect(shown({ kind: 'agent', name: 'refunds/wire' }).at(-1)).toBe(
      'remove "refunds/wire" from teams.root.deny.agents[0]: a deny on the path wins over every allow',
    )
  })
  test('a missing name is unknown by its requested kind, and similar names have that kind', () => {
    expect(shown({ kind: 'tool', name: 'githb/x' })).toEqual([
      false,
      'unknown mcpServers: unknown tool "githb/x": there is no MCP server "githb"',
      'did you mean "github/x"?',
    ])
    expect(shown({ kind: 'agent', name: 'github' })).toEqual([
      false,
      'unknown agents: unknown agent "github": there is no agent "github"',
      'add it under agents; known: refunds',
    ])
    expect(shown({ kind: 'tool', name: 'openai/gpt-5' }).at(-1)).toBe(
      'add it under mcpServers; known: github, slack',
    )
    expect(shown({ kind: 'model', name: 'github/create_issue' }).at(-1)).toBe(
      'add it under providers; known: openai',
    )
  })
})
