// A long request is read ahead in steps before its facts are requested. Each step takes one turn; reading all
// facts at once would block one turn for the whole request.

import { afterEach, expect, test } from 'bun:test'
import type { Operation } from '../../src/contract/operation.ts'
import type { TrafficModule } from '../../src/main/modules.ts'
import { type Gatehouse, startGateway, testerKey } from '../journeys/gateway.ts'
import { trialModule } from './module.ts'
import { type ToolServer, startToolServer } from './tool-server.ts'

let server: ToolServer | undefined
let gatehouse: Gatehouse | undefined
afterEach(async () => {
  await gatehouse?.stop()
  await server?.stop()
})

/** The operation, with a log of the requested facts. */
function noting(operation: Operation, asked: string[], name: string): Operation {
  return new Proxy(operation, {
    get(target, member) {
      if (member === 'readAhead')
        return async (what: string, pause: () => Promise<void>) => {
          await pause()
          asked.push(`${name}: read ahead ${what}`)
        }
      const value: unknown = Reflect.get(target, member, target)
      if (member === 'edit')
        return (edits: Parameters<Operation['edit']>[0]) => noting(target.edit(edits), asked, 'edited')
      if (member === 'facts' || member === 'references' || member === 'content' || member === 'demand')
        asked.push(`${name}: ${member}`)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('a request and its edited version are read ahead before their facts are requested', async () => {
  const asked: string[] = []
  const noted: TrafficModule = {
    ...trialModule,
    doors: (needs) => {
      const { gate } = needs
      return trialModule.doors({
        ...needs,
        gate: {
          ...gate,
          open: (caller, operation, call) => gate.open(caller, noting(operation, asked, 'asked'), call),
        },
      })
    },
  }
  server = await startToolServer()
  gatehouse = await startGateway({
    modules: [noted],
    config: `mcpServers:
  tools: { kind: trial, url: "${server.url}" }
prices:
  "tools/*": free
teams:
  testers: { allow: { tools: ["*/*"], models: ["*"] } }
guards:
  mail: { kind: pii, for: [tools], on: [request], action: redact }
`,
  })
  const response = await fetch(`${gatehouse.url}/trial`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testerKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'tools/echo', arguments: { text: 'ada@example.com' } },
    }),
  })
  expect([response.status, await response.json()]).toEqual([200, '[email]'])
  const first = (entry: string) => asked.indexOf(entry)
  expect(first('asked: read ahead facts')).toBe(0)
  expect(first('asked: read ahead content')).toBeGreaterThan(0)
  expect(first('asked: read ahead content')).toBeLessThan(first('asked: content'))
  const edited = asked.filter((entry) => entry.startsWith('edited: '))
  expect(edited[0]).toBe('edited: read ahead facts')
  expect(edited.length).toBeGreaterThan(1)
})
