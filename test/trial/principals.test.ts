// Callers are principals: what belongs to a workload is found by each of its keys, and by nobody else.

import { beforeAll, describe, expect, test } from 'bun:test'
import type OpenAI from 'openai'
import type { Gatehouse } from '../journeys/gateway.ts'
import { type Scene, scenes, thrownBy } from '../journeys/scene.ts'

const { start } = scenes('file')
const secretOf = (name: string) => `gh_${name}-key-that-is-no-secret-0123456789`
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

beforeAll(async () => {
  ;({ gatehouse, client } = await start({
    config: `providers: { demo: { kind: demo } }
models: { fast: demo/echo }
teams:
  apps: { allow: { models: ["*"] } }
  others: { allow: { models: ["*"] } }
workloads:
  builds: { team: apps }
keys:
${['one', 'two', 'keeper'].map((name) => `  ${name}: { workload: builds, secret: "${secretOf(name)}" }`).join('\n')}
  plain: { team: apps, secret: "${secretOf('plain')}" }
`,
  }))
})

const as = (name: string) => client({ key: secretOf(name) })
const say = (caller: OpenAI, input = 'Hi') => caller.responses.create({ model: 'fast', input })

/** A key of the admin API: the same workload in another team. */
async function elsewhere({ admin }: Gatehouse): Promise<OpenAI> {
  const { body } = await admin('/keys', { method: 'POST', body: JSON.stringify({ id: 'elsewhere', team: 'others', workload: 'builds' }) })
  return client({ key: (body as { secret: string }).secret })
}

describe('what is kept for a workload', () => {
  test('is found by its other keys, and by no key of another team or without the workload', async () => {
    const made = await say(as('one'))
    expect((await as('two').responses.retrieve(made.id)).id).toBe(made.id)
    const next = await as('two').responses.create({ model: 'fast', input: 'And?', previous_response_id: made.id })
    expect(next.previous_response_id).toBe(made.id)
    for (const stranger of [as('plain'), await elsewhere(gatehouse)]) {
      expect(await thrownBy(stranger.responses.retrieve(made.id))).toMatchObject({ status: 404 })
      const goesOn = stranger.responses.create({ model: 'fast', input: 'And?', previous_response_id: made.id })
      expect(await thrownBy(goesOn)).toMatchObject({ status: 400 })
      expect(await thrownBy(stranger.responses.delete(made.id))).toMatchObject({ status: 404 })
    }
    expect((await as('two').responses.retrieve(made.id)).id).toBe(made.id)
  })

  test('ends with the key that asked, unless the revocation keeps it', async () => {
    const [gone, stays] = [await say(as('one')), await say(as('keeper'))]
    await gatehouse.admin('/keys/one/revoke', { method: 'POST' })
    await gatehouse.admin('/keys/keeper/revoke?keep=true', { method: 'POST' })
    expect(await thrownBy(as('two').responses.retrieve(gone.id))).toMatchObject({ status: 404 })
    expect((await as('two').responses.retrieve(stays.id)).id).toBe(stays.id)
    expect(await thrownBy(as('keeper').responses.retrieve(stays.id))).toMatchObject({ status: 401 })
    // what was kept can still be erased
    await gatehouse.admin('/keys/keeper/revoke', { method: 'POST' })
    expect(await thrownBy(as('two').responses.retrieve(stays.id))).toMatchObject({ status: 404 })
  })
})
