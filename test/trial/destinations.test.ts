// Provider features also apply to tool servers: grants, explanations, capacity, timeouts, traits, `only`,
// breakers.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Explanation } from '../../src/contract/admin-api.ts'
import { type Gatehouse, startGateway, testerKey } from '../journeys/gateway.ts'
import { trialModule } from './module.ts'
import { type ToolServer, startToolServer } from './tool-server.ts'

let server: ToolServer
let gatehouse: Gatehouse

beforeAll(async () => {
  server = await startToolServer()
  const config = `mcpServers:
  near: { kind: trial, url: "${server.url}", traits: [inside] }
  narrow: { kind: trial, url: "${server.url}", traits: [inside], capacity: { concurrent: 1 } }
  hasty: { kind: trial, url: "${server.url}", traits: [inside], timeouts: { firstToken: 20ms } }
  frail: { kind: trial, url: "${server.url}", traits: [inside] }
  far: { kind: trial, url: "${server.url}" }
prices: { "*/*": free }
teams:
  testers: { allow: { tools: ["*/*"] }, deny: { tools: ["near/cut", "NEAR/ask"] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
policies:
  stays-inside: { for: [tools], when: "true", then: { only: { traits: [inside] } } }
`
  gatehouse = await startGateway({ config, modules: [trialModule] })
})
afterAll(async () => {
  await gatehouse.stop()
  await server.stop()
})

/** Status and code of the refusal, or the result. */
async function call(name: string, values: object = {}): Promise<unknown> {
  const response = await fetch(`${gatehouse.url}/trial`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: values },
    }),
  })
  const body = (await response.json()) as { error?: { data: { code: string } } }
  return body.error ? `${response.status} ${body.error.data.code}` : body
}

const explain = async (tool: string) => {
  const { body } = await gatehouse.admin(`/explain?key=tester&tool=${tool}`)
  const { isAllowed, decidedBy } = body as Explanation
  return [isAllowed, decidedBy]
}

test('a tool call has the result that its explanation gives: allowed, denied in any case, unknown', async () => {
  expect(await call('near/echo', { text: 'hi' })).toBe('hi')
  expect(await explain('near/echo')).toEqual([true, 'teams.testers.allow.tools[0]'])
  expect(await call('near/cut')).toBe('404 unknown-tool')
  expect(await explain('near/cut')).toEqual([false, 'teams.testers.deny.tools[0]'])
  expect(await call('near/ask')).toBe('404 unknown-tool')
  expect(await explain('near/ask')).toEqual([false, 'teams.testers.deny.tools[1]'])
  expect(await call('nowhere/echo')).toBe('404 unknown-tool')
  expect(await explain('nowhere/echo')).toEqual([false, 'mcpServers'])
  expect(server.executions).toEqual({ echo: 1 })
})

test('a policy restricts tool calls to servers with a trait', async () => {
  expect(await call('far/echo', { text: 'hi' })).toBe('503 no-target')
  expect(await call('near/echo', { text: 'hi' })).toBe('hi')
})

test('the capacity and the timeouts of a server apply to its tools', async () => {
  const arrived = server.hanging()
  const hanging = call('narrow/hang')
  await arrived
  expect(await call('narrow/echo', { text: 'a' })).toMatch(/^(429|503) /)
  expect(await call('near/echo', { text: 'a' })).toBe('a')
  expect(await call('hasty/hang')).toBe('504 upstream-timeout')
  server.release()
  expect(await hanging).toBe('released')
  expect(await call('narrow/echo', { text: 'b' })).toBe('b')
})

test('a tool that fails repeatedly is paused, the server’s other tools are not, and administrators see it', async () => {
  for (let turn = 0; turn < 12; turn += 1) expect(await call('frail/cut')).toMatch(/^50[234] /)
  const executed = server.executions['cut'] ?? 0
  expect(executed).toBeLessThan(12)
  expect(await call('frail/echo', { text: 'c' })).toBe('c')
  const { body } = await gatehouse.admin('/providers')
  const { providers } = body as {
    providers: { name: string; serves: string; targets: { id: string; breaker: string }[] }[]
  }
  const frail = providers.find(({ name }) => name === 'frail')
  expect(frail?.serves).toBe('tool')
  expect(frail?.targets.find(({ id }) => id === 'frail/cut')?.breaker).toBe('open')
  expect(frail?.targets.find(({ id }) => id === 'frail/echo')?.breaker).toBe('closed')
})
