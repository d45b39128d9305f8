// A gateway with a traffic module for tools: keys of the admin API are granted tools, explanations cover
// tools, and model lists leave them out.

import { afterAll, expect, test } from 'bun:test'
import { z } from 'zod'
import type { Explanation } from '../../src/contract/admin-api.ts'
import type { TrafficModule } from '../../src/main/modules.ts'
import { type Gatehouse, startGateway } from './gateway.ts'

const tools: TrafficModule = {
  section: 'mcpServers',
  kinds: [{ kind: 'http', credential: 'bearer', options: z.strictObject({}) }],
  doors: () => [],
}
const config = `providers: { demo: { kind: demo } }
mcpServers: { github: { kind: http, url: "https://mcp.example" } }
prices: { github/create_issue: { input: 0, output: 0, request: 0.002 } }
teams: { testers: {}, research: { allow: { models: ["*/*"], tools: ["github/*"] }, deny: { tools: ["github/delete_*"] } } }
`
let gatehouse: Gatehouse | undefined
afterAll(() => gatehouse?.stop())

test('an admin API key restricts tools, and each kind of destination is explained by its kind', async () => {
  gatehouse = await startGateway({ config, modules: [tools] })
  const { admin, url } = gatehouse
  const body = JSON.stringify({
    id: 'ci',
    team: 'research',
    allow: { tools: ['github/read_*', 'github/create_issue', 'slack/*'] },
  })
  const created = await admin('/keys', { method: 'POST', body })
  expect(created).toMatchObject({
    status: 201,
    body: {
      key: {
        allow: { tools: ['github/read_*', 'github/create_issue', 'slack/*'] },
        notes: [
          'allow.tools "slack/*" goes beyond what team "research" allows; the key gets only what both allow',
        ],
      },
    },
  })
  const explain = async (query: string) => {
    const { isAllowed, decidedBy, targets } = (await admin(`/explain?key=ci&${query}`)).body as Explanation
    return [isAllowed, decidedBy, targets]
  }
  expect(await explain('tool=github/create_issue')).toEqual([
    true,
    'keys.ci.allow.tools[1]',
    ['github/create_issue'],
  ])
  expect(await explain('tool=github/delete_repo')).toEqual([false, 'teams.research.deny.tools[0]', []])
  expect(await explain('tool=github/list_issues')).toEqual([false, 'keys.ci.allow.tools', []])
  expect(await explain('tool=gitlab/x')).toEqual([false, 'mcpServers', []])
  expect(await explain('model=demo/echo')).toEqual([true, 'teams.research.allow.models[0]', ['demo/echo']])
  expect(await explain('agent=refunds')).toEqual([false, 'agents', []])
  for (const query of ['', '&tool=a/b&model=fast']) {
    expect(await admin(`/explain?key=ci${query}`)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('model, tool, agent') },
    })
  }
  const secret = (created.body as { secret: string }).secret
  const listed = await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  const { data } = (await listed.json()) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).not.toContain('github/create_issue')
})
