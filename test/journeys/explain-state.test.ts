// `explain` says why a call is refused now: an expired or revoked key, a spent budget, paused targets.

import { beforeAll, expect, test } from 'bun:test'
import { explanationSchema } from '../../src/contract/admin-api.ts'
import { behave, type FakeProvider } from '../upstreams/index.ts'
import { said, type Scene, scenes } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let provider: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene
const names = ['ended', 'leaver', 'spender', 'steady', 'saver'] as const
const secretOf = (name: string) => `gh_secret-of-${name}-0123456789`

beforeAll(async () => {
  provider = await newProvider()
  const more: Partial<Record<(typeof names)[number], string>> = {
    ended: ', expires: 2020-01-01',
    spender: ', budgets: [ { amount: 2, per: total } ]',
    saver: ', budgets: [ { amount: 20, per: total } ]',
  }
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { request: 1, input: 0, output: 0 } } ] }
  shaky: { targets: [ { target: fake/shaky, price: free }, { target: fake/fake-model, price: { request: 1, input: 0, output: 0 } } ], retry: { attempts: 1 } }
  broken: { targets: [ { target: fake/shaky, price: free } ], retry: { attempts: 1 } }
teams:
  company: {}
  everyone: { parent: company, allow: { models: [ "*", "*/*" ] } }
keys:
${names.map((name) => `  ${name}: { team: everyone, secret: "${secretOf(name)}"${more[name] ?? ''} }`).join('\n')}`
  ;({ gatehouse, client } = await start({ config }))
})

const ask = (key: string, model: string) =>
  client({ key: secretOf(key) })
    .chat.completions.create({ model, max_tokens: 5, messages: said('Hi') })
    .then(
      () => 200,
      (thrown: { status?: number }) => thrown.status,
    )
const explain = async (key: string, model = 'fast') =>
  explanationSchema.parse((await gatehouse.admin(`/explain?key=${key}&model=${model}`)).body)

test('a working key is allowed, without a note about its state', async () => {
  expect(await ask('steady', 'fast')).toBe(200)
  const { isAllowed, reasons, decidedBy } = await explain('steady')
  expect({ isAllowed, decidedBy }).toEqual({ isAllowed: true, decidedBy: 'teams.everyone.allow.models[0]' })
  expect(reasons.map(({ effect }) => effect)).toEqual(['exists', 'allow'])
})

test('an explanation names an expired or revoked key with its time', async () => {
  expect(await ask('ended', 'fast')).toBe(401)
  expect(await explain('ended')).toMatchObject({
    isAllowed: false,
    decidedBy: 'keys.ended',
    fix: 'set a later date: keys.ended.expires',
  })
  expect((await explain('ended')).reasons.at(-1)?.text).toStartWith('the key expired at 2020-01-01')
  await gatehouse.admin('/keys/leaver/revoke', { method: 'POST' })
  expect(await ask('leaver', 'fast')).toBe(401)
  const revoked = await explain('leaver')
  expect(revoked).toMatchObject({ isAllowed: false, decidedBy: 'keys.leaver' })
  expect(revoked.reasons.at(-1)?.text).toStartWith('the key was revoked at ')
})

test('an explanation refuses a spent hard budget and names one that is nearly spent', async () => {
  expect([await ask('spender', 'fast'), await ask('spender', 'fast')]).toEqual([200, 200])
  expect(await ask('spender', 'fast')).toBe(429)
  let spent = await explain('spender')
  // Settled by records, which reach the ledger a moment later.
  while (spent.isAllowed) spent = await explain('spender')
  expect(spent).toMatchObject({ decidedBy: 'key/spender/total/usd', fix: 'raise the budget' })
  expect(spent.reasons.at(-1)).toEqual({
    rule: 'key/spender/total/usd',
    effect: 'deny',
    text: 'the hard budget key/spender/total/usd has $0.00 of $2.00 left',
  })

  for (let call = 0; call < 19; call += 1) expect(await ask('saver', 'fast')).toBe(200)
  const texts = async () => (await explain('saver')).reasons.map(({ text }) => text)
  const scarce =
    'the hard budget key/saver/total/usd has $1.00 of $20.00 left; a call that could cost more is refused'
  while (!(await texts()).includes(scarce)) continue
  expect((await explain('saver')).isAllowed).toBe(true)
})

test('an explanation names paused targets; if none is left, the model is refused', async () => {
  provider.always(behave.error(500))
  while ((await explain('steady', 'broken')).isAllowed) await ask('steady', 'broken')
  expect(await explain('steady', 'broken')).toMatchObject({
    decidedBy: 'fake/shaky',
    fix: expect.stringContaining('tries a paused target again by itself'),
  })
  const shaky = await explain('steady', 'shaky')
  expect(shaky.isAllowed).toBe(true)
  expect(shaky.reasons[0]).toMatchObject({ rule: 'fake/shaky', effect: 'depends' })
})
