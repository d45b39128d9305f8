// For any request of a client, the translated request follows the rules of the target's vendors, or the call
// is refused by name. Conversations are random: blank texts, repeated or long ids, late, repeated or missing
// results, instructions anywhere.

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { GatewayError } from '../../src/contract/errors.ts'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'
import { answers } from './cases/answers.ts'
import { translate } from './pairs.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'

// biome-ignore lint/suspicious/noExplicitAny: bodies of any shape
type Body = any

type Step =
  | { kind: 'user' | 'assistant' | 'system'; text: string }
  | { kind: 'calls'; ids: readonly string[]; text: string }
  /** Among the calls so far, counted from the last one. */
  | { kind: 'result'; of: number; text: string }

const text = fc.constantFrom('Hi', 'go', '', ' ', '\n\n', 'Well? ', '\u00a0')
const id = fc.constantFrom(
  'call_0',
  'call_1',
  'call_0_2',
  'functions.shell:0',
  'c'.repeat(50),
  'd'.repeat(90),
  'ü',
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('user' as const, 'user' as const, 'assistant' as const, 'system' as const),
    text,
  }),
  fc.record({
    kind: fc.constant('calls' as const),
    ids: fc.uniqueArray(id, { minLength: 1, maxLength: 3 }),
    text,
  }),
  fc.record({ kind: fc.constant('result' as const), of: fc.nat(3), text }),
)
const settings = fc.record(
  {
    temperature: fc.constantFrom(0, 1, 1.7, 2, 5),
    stop: fc.constantFrom(['END'], [' '], ['a', 'b', 'c', 'd', 'e'], ['1', '2', '3', '4', '5', '6']),
    limit: fc.constantFrom(1, 15, 500, 1_000_000),
    user: fc.constantFrom('u', 'anna@example.com', 'x'.repeat(300), ''),
    tools: fc.constantFrom(0, 1, 2, 129),
  },
  { requiredKeys: [] },
)
type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never

/** Results name an earlier call, as decoders require. */
function known(steps: readonly Step[]): { step: Step; id: string }[] {
  const calls: string[] = []
  return steps.flatMap((each): { step: Step; id: string }[] => {
    if (each.kind === 'calls') calls.push(...each.ids)
    if (each.kind !== 'result') return [{ step: each, id: '' }]
    const of = calls.at(-1 - each.of)
    return of === undefined ? [] : [{ step: each, id: of }]
  })
}

const names = (count = 0) => Array.from({ length: count }, (_none, index) => `t${index % 128}`)
const schema = { type: 'object', properties: { list: { type: 'array' } } }

const written: Readonly<Record<Dialect, (steps: readonly Step[], settings: Settings) => object>> = {
  'openai-chat': (steps, { temperature, stop, limit, user, tools }) => ({
    model: 'm',
    messages: known(steps).map(({ step: each, id: of }) => {
      if (each.kind === 'result') return { role: 'tool', tool_call_id: of, content: each.text }
      if (each.kind !== 'calls') return { role: each.kind, content: each.text }
      const tool_calls = each.ids.map((one) => ({
        id: one,
        type: 'function',
        function: { name: 'shell', arguments: '{}' },
      }))
      return { role: 'assistant', content: each.text, tool_calls }
    }),
    temperature,
    stop,
    max_tokens: limit,
    user,
    ...(tools !== undefined && {
      tools: names(tools).map((name) => ({ type: 'function', function: { name, parameters: schema } })),
      tool_choice: 'auto',
    }),
  }),
  'openai-responses': (steps, { temperature, limit, user, tools }) => ({
    model: 'm',
    input: known(steps).flatMap(({ step: each, id: of }): object[] => {
      if (each.kind === 'result') return [{ type: 'function_call_output', call_id: of, output: each.text }]
      if (each.kind !== 'calls') return [{ role: each.kind, content: each.text }]
      return each.ids.map((one) => ({ type: 'function_call', call_id: one, name: 'shell', arguments: '{}' }))
    }),
    temperature,
    max_output_tokens: limit,
    user,
    ...(tools !== undefined && {
      tools: names(tools).map((name) => ({ type: 'function', name, parameters: schema, strict: false })),
      parallel_tool_calls: true,
    }),
  }),
  'anthropic-messages': (steps, { temperature, stop, limit = 100, user, tools }) => ({
    model: 'm',
    messages: known(steps).map(({ step: each, id: of }) => {
      if (each.kind === 'result')
        return { role: 'user', content: [{ type: 'tool_result', tool_use_id: of, content: each.text }] }
      if (each.kind !== 'calls') return { role: each.kind, content: each.text }
      const calls = each.ids.map((one) => ({ type: 'tool_use', id: one, name: 'shell', input: {} }))
      return { role: 'assistant', content: [{ type: 'text', text: each.text }, ...calls] }
    }),
    temperature,
    stop_sequences: stop,
    max_tokens: limit,
    ...(user !== undefined && { metadata: { user_id: user } }),
    ...(tools !== undefined && {
      tools: names(tools).map((name) => ({ name, input_schema: schema, strict: true })),
    }),
  }),
  gemini: (steps, { temperature, stop, limit, tools }) => ({
    contents: known(steps).flatMap(({ step: each, id: of }): object[] => {
      if (each.kind === 'result')
        return [
          {
            role: 'user',
            parts: [{ functionResponse: { id: of, name: 'shell', response: { output: each.text } } }],
          },
        ]
      if (each.kind === 'system') return []
      if (each.kind !== 'calls')
        return [{ role: each.kind === 'user' ? 'user' : 'model', parts: [{ text: each.text }] }]
      return [
        {
          role: 'model',
          parts: [
            { text: each.text },
            ...each.ids.map((one) => ({ functionCall: { id: one, name: 'shell', args: {} } })),
          ],
        },
      ]
    }),
    generationConfig: { temperature, stopSequences: stop, maxOutputTokens: limit },
    ...(tools !== undefined && {
      tools: [{ functionDeclarations: names(tools).map((name) => ({ name, parametersJsonSchema: schema })) }],
    }),
  }),
}

/** The rules that a vendor would refuse; empty if there are none. */
type Rules = (body: Body, isPrefilled: boolean) => string[]

const unless = (holds: boolean, fault: string) => (holds ? [] : [fault])
const isUnique = (all: readonly unknown[]) => new Set(all).size === all.length
const isBlank = (said: unknown) => typeof said !== 'string' || said.trim() === ''

/** @param groups the ids of the calls of one response, and of the results directly after it */
const pairing = (
  groups: readonly (readonly [calls: readonly string[], results: readonly string[], isLast: boolean])[],
  form: RegExp,
) => [
  ...unless(isUnique(groups.flatMap(([calls]) => calls)), 'an id comes twice'),
  ...groups.flatMap(([calls, results, isLast]) => [
    ...unless(
      (isLast && results.length === 0) || calls.toSorted().join() === results.toSorted().join(),
      `calls ${calls.join()} have results ${results.join()}`,
    ),
    ...unless(
      calls.every((one) => form.test(one)),
      `an id is not like ${form}`,
    ),
  ]),
]

const rules: Readonly<Record<Dialect, Rules>> = {
  'openai-chat'({ messages, tools, tool_choice, parallel_tool_calls, stop = [], ...body }) {
    const groups = messages.flatMap(({ tool_calls }: Body, at: number) => {
      if (!tool_calls) return []
      const after = messages.slice(at + 1)
      const end = after.findIndex(({ role }: Body) => role !== 'tool')
      const results = end < 0 ? after : after.slice(0, end)
      return [
        [
          tool_calls.map((call: Body) => call.id),
          results.map((result: Body) => result.tool_call_id),
          results.length === after.length,
        ],
      ]
    })
    const results = messages.filter(({ role }: Body) => role === 'tool')
    return [
      ...pairing(groups, /^.{1,40}$/),
      ...unless(results.length === groups.flatMap(([, ids]: Body) => ids).length, 'a result stands alone'),
      ...unless(messages.length > 0, 'no messages'),
      ...unless(
        messages.every(
          ({ role, content, tool_calls }: Body) => role === 'tool' || tool_calls || content.length > 0,
        ),
        'an empty message',
      ),
      ...unless(tools === undefined || tools.length > 0, 'an empty list of tools'),
      ...unless(
        tools !== undefined || (tool_choice === undefined && parallel_tool_calls === undefined),
        'a choice without tools',
      ),
      ...unless(
        (tools ?? []).length <= 128 && isUnique((tools ?? []).map(({ function: { name } }: Body) => name)),
        'tools',
      ),
      ...unless(!JSON.stringify(tools ?? []).includes('{"type":"array"}'), 'a list without items'),
      ...unless([stop].flat().length <= 4, 'stops'),
      ...unless((body.safety_identifier ?? 'u').length <= 64 && body.safety_identifier !== '', 'user'),
      ...unless((body.temperature ?? 0) <= 2, 'temperature'),
      ...unless((body.max_completion_tokens ?? 1) >= 1, 'limit'),
    ]
  },
  'openai-responses'({ input, instructions, tools, ...body }) {
    const groups: [string[], string[], boolean][] = []
    for (const { type, call_id, role } of input) {
      const last = groups.at(-1)
      if (type === 'function_call' && (!last || last[1].length > 0 || !last[2])) groups.push([[], [], true])
      const group = groups.at(-1)
      if (type === 'function_call') group?.[0].push(call_id)
      else if (type === 'function_call_output') group?.[1].push(call_id)
      // the assistant's text between its calls belongs to the same response
      else if (group && role !== 'assistant') group[2] = false
    }
    groups.forEach((group, index) => (group[2] &&= index === groups.length - 1))
    return [
      ...pairing(groups, /^.{1,64}$/),
      ...unless(input.length > 0 || instructions === undefined, 'instructions alone'),
      ...unless(input.length > 0, 'no input'),
      ...unless(
        tools === undefined ||
          (tools.length > 0 && tools.length <= 128 && isUnique(tools.map(({ name }: Body) => name))),
        'tools',
      ),
      ...unless((body.max_output_tokens ?? 16) >= 16, 'limit'),
      ...unless((body.safety_identifier ?? 'u').length <= 64 && body.safety_identifier !== '', 'user'),
      ...unless((body.temperature ?? 0) <= 2, 'temperature'),
    ]
  },
  'anthropic-messages'(
    { messages, system = 'x', tools, stop_sequences = [], metadata, temperature = 0 },
    isPrefilled,
  ) {
    const of = (message: Body, type: string) =>
      (message?.content ?? []).filter((block: Body) => block.type === type)
    const groups = messages.flatMap((message: Body, at: number) => {
      const calls = of(message, 'tool_use').map((block: Body) => block.id)
      const results = of(messages[at + 1], 'tool_result').map((block: Body) => block.tool_use_id)
      return calls.length + results.length === 0 ? [] : [[calls, results, at === messages.length - 1]]
    })
    const texts = messages.flatMap((message: Body) => [
      ...of(message, 'text'),
      ...of(message, 'tool_result').flatMap((block: Body) => block.content ?? []),
    ])
    const last = messages.at(-1)
    return [
      ...pairing(groups, /^[\w-]{1,64}$/),
      ...unless(messages.length > 0 && messages[0].role === 'user', 'the first message is not the user’s'),
      ...unless(last?.role === 'user' || isPrefilled, 'the last message is the assistant’s'),
      ...unless(
        last?.role === 'user' || !/\s$/.test(last?.content.at(-1)?.text ?? ''),
        'a prefill ends in whitespace',
      ),
      ...unless(
        messages.every(({ content }: Body) => content.length > 0),
        'an empty message',
      ),
      ...unless(
        messages.every(
          ({ content }: Body) => content.findLastIndex(isResult) === content.filter(isResult).length - 1,
        ),
        'results after other blocks',
      ),
      ...unless(
        texts.every((block: Body) => !isBlank(block.text)),
        'a blank text',
      ),
      ...unless(
        [system].flat().every((block: Body) => !isBlank(block.text ?? block)),
        'blank instructions',
      ),
      ...unless(tools === undefined || isUnique(tools.map(({ name }: Body) => name)), 'tools'),
      ...unless(
        stop_sequences.every((stop: string) => !isBlank(stop)),
        'a blank stop',
      ),
      ...unless(metadata === undefined || /^[^@]{1,256}$/.test(metadata.user_id), 'user'),
      ...unless(temperature <= 1, 'temperature'),
    ]
  },
  gemini({ contents, tools, generationConfig: { stopSequences = [], temperature = 0 } = {} }) {
    const idsOf = (content: Body, member: string) =>
      (content?.parts ?? []).flatMap((part: Body) => part[member]?.id ?? [])
    const groups = contents.flatMap((content: Body, at: number) => {
      const calls = idsOf(content, 'functionCall')
      const results = idsOf(contents[at + 1], 'functionResponse')
      return calls.length + results.length === 0 ? [] : [[calls, results, at === contents.length - 1]]
    })
    return [
      ...pairing(groups, /^.+$/),
      ...unless(contents.length > 0 && contents[0].role === 'user', 'the first content is not the user’s'),
      ...unless(contents.at(-1)?.role === 'user', 'the last content is the model’s'),
      ...unless(
        contents.every(({ role }: Body, at: number) => role !== contents[at + 1]?.role),
        'two contents of one role',
      ),
      ...unless(
        contents.every(
          ({ parts }: Body) => parts.length > 0 && parts.every((part: Body) => part.text !== ''),
        ),
        'an empty part',
      ),
      ...unless(
        tools === undefined || isUnique(tools[0].functionDeclarations.map(({ name }: Body) => name)),
        'tools',
      ),
      ...unless(stopSequences.length <= 5 && temperature <= 2, 'settings'),
    ]
  },
}

const isResult = ({ type }: Body) => type === 'tool_result'

describe.each(
  generateDialects.flatMap((front) =>
    generateDialects.filter((back) => back !== front).map((back) => [front, back] as const),
  ),
)('%s → %s', (front, back) => {
  test('every translated request follows the vendors’ rules', async () => {
    let sent = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 9 }), settings, async (steps, more) => {
        const end = known(steps).findLast(
          ({ step: said }) => said.kind !== 'system' || (front !== 'gemini' && said.text !== ''),
        )?.step
        const isPrefilled = end?.kind === 'assistant' || end?.kind === 'calls'
        // Responses has no stop texts
        const { stop, ...others } = more
        const asked = back === 'openai-responses' || stop === undefined ? others : { ...others, stop }
        const faults = await faultsOf(front, back, written[front](steps, asked), isPrefilled)
        if (faults === undefined) return
        sent += 1
        expect(faults).toEqual([])
      }),
      { numRuns: 200, seed: 18 },
    )
    expect(sent).toBeGreaterThan(20)
  })
})

/** Undefined: it is refused by name, or was invalid in the client's own dialect. */
async function faultsOf(
  front: Dialect,
  back: Dialect,
  body: object,
  isPrefilled: boolean,
): Promise<string[] | undefined> {
  try {
    const { upstream } = await translate(front, back, body, {
      answer: answers['text']?.[back] ?? { body: {} },
    })
    return rules[back](upstream.body, isPrefilled)
  } catch (thrown) {
    if (thrown instanceof GatewayError && ['unsupported', 'bad-request'].includes(thrown.code))
      return undefined
    throw thrown
  }
}
