// Destinations of every kind: modules open sections, all sections share one namespace, and rules name tools
// and agents like models.

import { expect, test } from 'bun:test'
import { z } from 'zod'
import type { Kinds } from '../../src/control/index.ts'
import { kinds as shipped } from '../../src/main/kinds.ts'
import { compileText, environment } from './compiling.ts'

const options = z.strictObject({ pageSize: z.int().max(50).default(20) })
const withTools: Kinds = {
  ...shipped,
  destinations: { ...shipped.destinations, mcpServers: [{ kind: 'http', credential: 'bearer', options }] },
}
const withAll: Kinds = {
  ...withTools,
  destinations: {
    ...withTools.destinations,
    agents: [{ kind: 'a2a', credential: 'none', options: z.strictObject({}) }],
  },
}

const compiled = (text: string, build = withAll, files = {}) => compileText(text, environment, files, build)
const reported = (text: string, build = withAll, files = {}) =>
  compiled(text, build, files).problems.map(
    ({ severity, file, line, path, message, fix }) =>
      `${severity} ${file}:${line} ${path}: ${message}; ${fix}`,
  )

const base = `version: 1
providers: { demo: { kind: demo } }
mcpServers:
  github:
    kind: http
    url: "https://mcp.example/v1"
    credential: { kind: bearer, key: "\${CI_KEY}" }
    traits: [outside]
    capacity: { concurrent: 4 }
    timeouts: { firstToken: 5s }
agents:
  refunds: { kind: a2a, url: "https://refunds.example", traits: [inside] }
prices:
  github/create_issue: { input: 0, output: 0, request: 0.002 }
teams:
  all:
    allow: { models: ["*"], tools: ["github/*"], agents: ["refunds", "refunds/*"] }
    deny: { tools: ["github/delete_*"], agents: ["refunds/wire_money"] }
keys:
  ci: { team: all, secret: "\${CI_KEY}", allow: { tools: ["github/read_*"] }, deny: { agents: ["*"] } }
policies:
  inside: { when: "true", then: { only: [github/*, refunds/*] } }
`

test('every section compiles into destinations with resources, traits, capacity and prices', () => {
  const { snapshot } = compiled(base).compiled?.rules ?? {}
  expect(compiled(base).problems).toEqual([])
  expect(
    Object.values(snapshot?.destinations ?? {}).map(({ name, section, serves, kind }) => [
      name,
      section,
      serves,
      kind,
    ]),
  ).toEqual([
    ['demo', 'providers', 'model', 'demo'],
    ['github', 'mcpServers', 'tool', 'http'],
    ['refunds', 'agents', 'agent', 'a2a'],
  ])
  expect(snapshot?.destinations['github']).toMatchObject({
    credential: { kind: 'bearer', secrets: { key: { kind: 'env', name: 'CI_KEY' } } },
    traits: ['outside'],
    capacity: { concurrent: 4 },
    timeouts: { firstTokenMs: 5_000 },
    options: { pageSize: 20 },
  })
  expect(snapshot?.targets).toEqual({
    'github/create_issue': {
      id: 'github/create_issue',
      provider: 'github',
      model: 'create_issue',
      traits: ['outside'],
      prices: [{ input: 0, output: 0, request: 2_000_000 }],
    },
  })
  expect(JSON.stringify(snapshot)).not.toContain(environment.CI_KEY)
})

test('teams and keys grant and deny every kind of resource', () => {
  const { snapshot, keys } = compiled(base).compiled?.rules ?? {}
  expect(snapshot?.teams['all']?.grant).toEqual({
    allow: { models: ['*'], tools: ['github/*'], agents: ['refunds', 'refunds/*'] },
    deny: { tools: ['github/delete_*'], agents: ['refunds/wire_money'] },
  })
  expect(keys?.[0]?.grant).toEqual({ allow: { tools: ['github/read_*'] }, deny: { agents: ['*'] } })
  expect(compiled('version: 1\n').compiled?.rules.snapshot.teams['everyone']?.grant.allow).toEqual({
    models: ['*', '*/*'],
    tools: ['*', '*/*'],
    agents: ['*', '*/*'],
  })
})

test('a section is accepted only if a module provides a kind for it', () => {
  expect(reported(base, shipped).filter((text) => text.startsWith('error'))).toEqual([
    'error gatehouse.yaml:3 mcpServers: this build has no module for "mcpServers"; remove it; this build supports models',
    'error gatehouse.yaml:11 agents: this build has no module for "agents"; remove it; this build supports models',
    'error gatehouse.yaml:14 prices.github/create_issue: there is no provider "github"; add it under "providers"; known: demo',
    'error gatehouse.yaml:22 policies.inside.then.only[0]: "github/*" matches no target; destinations: demo',
    'error gatehouse.yaml:22 policies.inside.then.only[1]: "refunds/*" matches no target; destinations: demo',
  ])
  expect(reported('version: 1\nagents: {}\n', withTools)).toEqual([
    'error gatehouse.yaml:2 agents: this build has no module for "agents"; remove it; this build supports models and tools',
  ])
})

test('a name in two sections is an error that names both places, in one file or in several', () => {
  const one =
    'version: 1\nproviders:\n  github: { kind: demo }\nmcpServers:\n  github: { kind: http, url: "https://mcp.example" }\n'
  expect(reported(one)).toEqual([
    'error gatehouse.yaml:5 mcpServers.github: a provider is also named "github": providers.github at gatehouse.yaml:3; rename one of the two: all destinations share one namespace',
  ])
  const several = reported(
    'version: 1\ninclude: [more.yaml]\nproviders: { demo: { kind: demo } }\nmcpServers:\n  refunds: { kind: http, url: "https://mcp.example" }\n',
    withAll,
    {
      'more.yaml': 'agents:\n  refunds: { kind: a2a, url: "https://refunds.example" }\n',
    },
  )
  expect(several).toEqual([
    'error more.yaml:2 agents.refunds: an MCP server is also named "refunds": mcpServers.refunds at gatehouse.yaml:5; rename one of the two: all destinations share one namespace',
  ])
})

test('mistakes in a destination of any section are reported at their place', () => {
  const text = `version: 1
mcpServers:
  a: { kind: htp, url: "https://mcp.example" }
  b: { kind: http }
  c: { kind: http, url: "https://mcp.example", options: { pageSize: 500 } }
  d: { kind: http, url: "https://mcp.example", credential: { kind: bearer, key: "\${NOT_SET}" } }
models: { m: c/tool }
teams: { all: { allow: { models: ["*"], tools: ["githb/*", "x"] } } }
`
  expect(reported(text)).toEqual([
    'error gatehouse.yaml:3 mcpServers.a.kind: there is no kind of MCP server "htp"; did you mean "http"?',
    'error gatehouse.yaml:4 mcpServers.b: an MCP server of the kind "http" needs a url; write its base URL, like url: https://api.example/v1',
    'error gatehouse.yaml:5 mcpServers.c.options.pageSize: Too big: expected number to be <=50; write at most 50',
    'error gatehouse.yaml:6 : the environment variable NOT_SET is not set; set it, or write ${NOT_SET:-} if the secret may be absent',
    'error gatehouse.yaml:7 models.m.targets[0]: "c" serves tools, not models; name an entry of "providers"',
    'warning gatehouse.yaml:8 teams.all.allow.tools[0]: "githb/*" matches no MCP server; MCP servers: b, c, d, a',
    'warning gatehouse.yaml:8 teams.all.allow.tools[1]: "x" matches no MCP server; MCP servers: b, c, d, a',
  ])
})
