import { expect, test } from 'bun:test'
import { expand } from './expand.ts'
import { keptResponses } from './kept.ts'

const kept = keptResponses({ clock: { now: () => 0 } })
kept.put({
  owner: 'ann',
  id: 'resp_1',
  request: Buffer.from('{"model":"m","input":"Hi"}'),
  response: '{"id":"resp_1","output":[{"type":"message","id":"msg_1","role":"assistant","content":[]}]}',
})

const expanded = (body: string, owner = 'ann') => expand(Buffer.from(body), owner, kept, { maxDepth: 50 })
const inputOf = (body: string) => JSON.parse(Buffer.from(expanded(body)).toString()).input

const hi = { role: 'user', content: 'Hi' }
const hello = { type: 'message', id: 'msg_1', role: 'assistant', content: [] }

test('a body that refers to nothing goes on as it is, escapes and all', () => {
  const body = Buffer.from('{"model":"m", "input":"caf\\u00e9"}')
  expect(expand(body, 'ann', kept, { maxDepth: 50 })).toBe(body)
})

test('what came before stands before what is said now, however that is written', () => {
  expect(inputOf('{"model":"m","input":"Who?","previous_response_id":"resp_1"}')).toEqual([hi, hello, { role: 'user', content: 'Who?' }])
  expect(inputOf('{"model":"m","input":[{"role":"user","content":"Who?"}],"previous_response_id":"resp_1"}')).toHaveLength(3)
  expect(inputOf('{"model":"m","previous_response_id":"resp_1"}')).toEqual([hi, hello])
})

test('names that are hidden behind escapes are found too', () => {
  expect(inputOf('{"model":"m","input":"Who?","previous\\u005fresponse_id":"resp_1"}')).toHaveLength(3)
  expect(inputOf('{"model":"m","input":[{"type":"item\\u005freference","id":"msg_1"}]}')).toEqual([hello])
})

test('another key finds nothing', () => {
  expect(() => expanded('{"model":"m","input":"x","previous_response_id":"resp_1"}', 'ben')).toThrow(
    expect.objectContaining({ code: 'bad-request', details: { param: 'previous_response_id' } }),
  )
  expect(() => expanded('{"model":"m","input":[{"type":"item_reference","id":"msg_1"}]}', 'ben')).toThrow(
    expect.objectContaining({ details: { param: 'input[0].id' } }),
  )
})
