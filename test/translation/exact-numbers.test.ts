// Numbers that do not fit into a double (ids of nineteen digits, bounds of schemas) are equal on the other
// side of a translation.

import { describe, expect, test } from 'bun:test'
import { pairs, question } from '../doors/doors.ts'
import { room } from '../doors/room.ts'
import { isSource, tellers } from '../doors/telling.ts'

const id = '1234567890123456789'
const beyond = '123456789012345678901234567890'
const args = `{"id":${id},"list":[-${beyond},1e999,0.5],"text":"${id}"}`

/** Each dialect's form of a tool; the schema is inserted as text. */
const toolsOf = {
  'openai-chat': (schema: string) =>
    `"tools":[{"type":"function","function":{"name":"weather","parameters":${schema}}}]`,
  'openai-responses': (schema: string) =>
    `"tools":[{"type":"function","name":"weather","parameters":${schema}}]`,
  'anthropic-messages': (schema: string) => `"tools":[{"name":"weather","input_schema":${schema}}]`,
  gemini: (schema: string) =>
    `"tools":[{"functionDeclarations":[{"name":"weather","parametersJsonSchema":${schema}}]}]`,
}

describe.each(pairs)('%s → %s', (front, back) => {
  test.each([true, false])(
    'exact numbers are kept in the arguments of a model’s call (stream: %p)',
    async (isStreaming) => {
      const teller = tellers[back]['arguments of a tool']
      if (!teller || !isSource(back, 'arguments of a tool')) throw new Error('every dialect has tools')
      // the response builders write objects where the dialect has objects, so the digits are inserted
      // afterwards
      const reported = teller(['{"id":"@id","list":["@list"],"text":"t"}'])
      const digits = (text: string) =>
        text.replaceAll(/(\\?)"@id\\?"/g, id).replaceAll(/(\\?)"@list\\?"/g, `-${beyond},1e999,0.5`)
      const chunks = [digits(isStreaming ? reported.stream : JSON.stringify(reported.whole))]
      const responses = await room({ answer: () => ({ chunks, isStream: isStreaming }) }).call(
        front,
        back,
        question[front]('Hi', isStreaming),
        isStreaming,
      )
      expect(responses.status).toBe(200)
      const said = responses.text.replaceAll('\\', '')
      expect(said).toContain(`"id":${id}`)
      expect(said).toContain(`-${beyond},1e999,0.5`)
    },
  )

  test('exact numbers are kept in the schema of a tool', async () => {
    const there = room({ answer: () => ({ chunks: ['{}'], isStream: false }) })
    const asked = JSON.stringify(question[front]('Hi'))
    await there.call(
      front,
      back,
      `${asked.slice(0, -1)},${toolsOf[front](`{"type":"object","properties":{"id":{"const":1,"enum":[${id}],"maximum":1e999}}}`)}}`,
    )
    const sent = String(Buffer.from(there.sent[0]?.body ?? ''))
    expect(sent).toContain(`"enum":[${id}]`)
    expect(sent).toContain('"maximum":1e999')
  })
})

test('exact numbers are kept in arguments that the client sends back', async () => {
  for (const back of ['anthropic-messages', 'gemini', 'openai-responses'] as const) {
    const there = room({ answer: () => ({ chunks: ['{}'], isStream: false }) })
    const call = { id: 'call_a', type: 'function', function: { name: 'weather', arguments: args } }
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_a', content: args },
    ]
    await there.call('openai-chat', back, { ...question['openai-chat']('Hi'), messages })
    const sent = String(Buffer.from(there.sent[0]?.body ?? '')).replaceAll('\\', '')
    expect(sent.split(`"id":${id}`)).toHaveLength(3)
    expect(sent.split(`-${beyond},1e999,0.5`)).toHaveLength(3)
  }
})
