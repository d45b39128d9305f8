// Expands a request that refers to earlier responses.

import { expect, test } from 'bun:test'
import type { HandleCaller } from '../../src/contract/handle.ts'
import { expand } from '../../src/traffic/llm/dialects/openai-responses/state/expand.ts'
import { as, keptInMemory } from './world.ts'

const world = keptInMemory()
const name = world.kept.newName(as('ann'))
world.kept.put({
  ...name,
  input: Buffer.from('"Hi"'),
  response: Buffer.from(
    `{"id":"${name.id}","output":[{"type":"reasoning","id":"rs_1","summary":[]},{"type":"message","id":"msg_1","role":"assistant","content":[],"n":1.0}]}`,
  ),
  provider: 'p',
  include: [],
  proofs: new Map([['rs_0', 'q']]),
})

const limits = { maxDepth: 50, bodyBytes: 2_000, take: () => {} }
const expanded = async (body: string, owner = 'ann') =>
  expand(Buffer.from(body), as(owner), world.kept, limits)
const textOf = async (body: string) => Buffer.from((await expanded(body)).body).toString()
const inputOf = async (body: string) => JSON.parse(await textOf(body)).input
const refused = (body: string, owner?: string) =>
  expanded(body, owner).then(
    () => 'taken',
    (thrown: unknown) => thrown,
  )

const hi = { role: 'user', content: 'Hi' }
const thought = { type: 'reasoning', id: 'rs_1', summary: [] }
const hello = { type: 'message', id: 'msg_1', role: 'assistant', content: [], n: 1 }

test('a body without references is passed on unchanged, including its escapes', async () => {
  const body = Buffer.from('{"model":"m", "input":"caf\\u00e9"}')
  expect((await expand(body, as('ann'), world.kept, limits)).body).toBe(body)
})

test('earlier items are placed before the new input of any form, with their original spelling', async () => {
  expect(await inputOf(`{"model":"m","input":"Who?","previous_response_id":"${name.id}"}`)).toEqual([
    hi,
    thought,
    hello,
    { role: 'user', content: 'Who?' },
  ])
  expect(
    await inputOf(
      `{"model":"m","input":[{"role":"user","content":"Who?"}],"previous_response_id":"${name.id}"}`,
    ),
  ).toHaveLength(4)
  expect(await inputOf(`{"model":"m","previous_response_id":"${name.id}"}`)).toEqual([hi, thought, hello])
  expect(await textOf(`{"model":"m","previous_response_id":"${name.id}"}`)).toContain('"n":1.0}')
})

test('reference names with escapes are also found', async () => {
  expect(
    await inputOf(`{"model":"m","input":"Who?","previous\\u005fresponse_id":"${name.id}"}`),
  ).toHaveLength(4)
  expect(await inputOf('{"model":"m","input":[{"type":"item\\u005freference","id":"msg_1"}]}')).toEqual([
    hello,
  ])
})

test('item references are replaced by their items', async () => {
  const references = ['msg_1', 'rs_1', 'msg_1']
    .map((id) => `{"type":"item_reference","id":"${id}"}`)
    .join(',')
  expect(await inputOf(`{"model":"m","input":[${references},{"role":"user","content":"Who?"}]}`)).toEqual([
    hello,
    thought,
    hello,
    { role: 'user', content: 'Who?' },
  ])
})

test('a conversation that is referred to item by item is looked up once', async () => {
  const long = keptInMemory()
  const asked: string[] = []
  const counting = {
    ...long.kept,
    withItem: (asker: HandleCaller, item: string) => (asked.push(item), long.kept.withItem(asker, item)),
  }
  let input = '[{"role":"user","content":"0"}'
  const ids = Array.from({ length: 20 }, (_, turn) => `msg_${turn}`)
  for (const id of ids) {
    const item = `{"type":"message","id":"${id}","role":"assistant","content":[]}`
    const response = Buffer.from(`{"output":[${item}]}`)
    long.kept.put({
      ...long.kept.newName(as('ann')),
      input: Buffer.from(`${input}]`),
      response,
      provider: 'p',
      include: [],
      proofs: new Map(),
    })
    input += `,${item}`
  }
  const references = ids.map((id) => `{"type":"item_reference","id":"${id}"}`).join(',')
  const { body } = await expand(Buffer.from(`{"model":"m","input":[${references}]}`), as('ann'), counting, {
    maxDepth: 50,
    bodyBytes: 10_000,
    take: () => {},
  })
  expect(JSON.parse(Buffer.from(body).toString()).input.map(({ id }: { id: string }) => id)).toEqual(ids)
  expect(asked).toEqual(['msg_19'])
})

test('the origin of reasoning is known for the whole conversation', async () => {
  const { proofs, previous } = await expanded(`{"model":"m","previous_response_id":"${name.id}"}`)
  expect([...proofs]).toEqual([
    ['rs_0', 'q'],
    ['rs_1', 'p'],
  ])
  expect(previous).toBe(name.id)
})

test.each([
  ['another key', `"previous_response_id":"${name.id}"`, 'previous_response_id', 'ben'],
  ['a vendor’s id', '"previous_response_id":"resp_68a1b2c3"', 'previous_response_id', 'ann'],
  ['a forged id', `"previous_response_id":"${name.id.slice(0, -1)}"`, 'previous_response_id', 'ann'],
  ['nothing', '"previous_response_id":""', 'previous_response_id', 'ann'],
  ['an item of another key', '"input":[{"type":"item_reference","id":"msg_1"}]', 'input[0].id', 'ben'],
  ['an item that is not there', '"input":[{"type":"item_reference","id":"msg_2"}]', 'input[0].id', 'ann'],
])('%s finds nothing, and all are told the same', async (_who, members, param, owner) => {
  const error = await refused(`{"model":"m",${members}}`, owner)
  expect(error).toMatchObject({ code: 'bad-request', details: { param } })
  if (param === 'previous_response_id')
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /^"previous_response_id" names no response that is kept for this caller/,
      ),
    })
})

test('a gateway that keeps nothing reports so when a request refers to a response', async () => {
  const off = keptInMemory({ rule: { keepMs: 0 } })
  const asking = expand(
    Buffer.from(`{"model":"m","previous_response_id":"${name.id}"}`),
    as('ann'),
    off.kept,
    limits,
  )
  expect(await asking.catch((thrown: unknown) => thrown)).toMatchObject({
    message: expect.stringContaining('responses.keep is off'),
  })
})

test('a conversation larger than the request limit is refused, also when one item is named a thousand times', async () => {
  const many = Array.from({ length: 50 }, () => '{"type":"item_reference","id":"msg_1"}').join(',')
  expect(await refused(`{"model":"m","input":[${many}]}`)).toMatchObject({
    code: 'request-too-large',
    message: expect.stringContaining('limits.bodyBytes'),
  })
})
