// Describes the differences between two accounts of the same response.

import type { Front } from '../journeys/dialect-clients.ts'
import type { Call, Choice, Facts } from './facts/index.ts'
import { canonical, isObject, parsed } from './json.ts'

/**
 * Each dialect's names for the end of a response. An end without a name is `other`, which equals everything.
 */
const finishes: Readonly<Record<Front, Readonly<Record<string, Ending>>>> = {
  'openai-chat': {
    stop: 'stop',
    length: 'length',
    tool_calls: 'calls',
    function_call: 'calls',
    content_filter: 'filter',
  },
  'openai-responses': { completed: 'stop', max_output_tokens: 'length', content_filter: 'filter' },
  'anthropic-messages': {
    end_turn: 'stop',
    stop_sequence: 'stop',
    max_tokens: 'length',
    tool_use: 'calls',
    refusal: 'filter',
  },
  gemini: {
    STOP: 'stop',
    MAX_TOKENS: 'length',
    SAFETY: 'filter',
    RECITATION: 'filter',
    BLOCKLIST: 'filter',
    PROHIBITED_CONTENT: 'filter',
    SPII: 'filter',
  },
}

type Ending = 'stop' | 'length' | 'calls' | 'filter' | 'other'

/** Responses and Gemini have no name for a response that calls tools. */
function endingOf(dialect: Front, { finish, calls }: Choice): Ending | undefined {
  const ending = finish === undefined ? undefined : (finishes[dialect][finish] ?? 'other')
  return ending === 'stop' && calls.length > 0 ? 'calls' : ending
}

/** @returns the recorded facts that did not arrive */
export function arrivalOf(from: Front, recorded: Facts, to: Front, arrived: Facts): string[] {
  const differences: string[] = []
  const tell = (what: string, one: unknown, other: unknown) =>
    differences.push(`${what}: recorded ${short(one)}, arrived ${short(other)}`)
  for (const [number, choice] of recorded.choices.entries()) {
    const other = arrived.choices[number]
    if (!other) {
      tell('choice', number, 'none')
      continue
    }
    // Only OpenAI's dialects distinguish a refusal from text.
    const [said, heard] = [choice, other].map(({ text, refusal }) => text + refusal)
    if (said !== heard) tell('text', said, heard)
    // paragraphs of summaries are joined with blank lines
    if (withoutSpace(choice.reasoning) !== withoutSpace(other.reasoning))
      tell('reasoning', choice.reasoning, other.reasoning)
    const calls = callsOf(
      choice.calls
        .map((call) => wrapped(call, to))
        .filter(({ input }) => to !== 'gemini' || isObject(parsed(input))),
    )
    if (calls !== callsOf(other.calls)) tell('calls', calls, callsOf(other.calls))
    const ids = other.calls.map(({ id }) => id)
    if (new Set(ids).size < ids.length || (to !== 'gemini' && ids.some((id) => !id)))
      tell(
        'ids of calls',
        choice.calls.map(({ id }) => id),
        ids,
      )
    choice.calls.forEach(({ id }, index) => {
      if (id !== undefined && idsOf[to].test(id) && ids[index] !== undefined && ids[index] !== id)
        tell('id of a call', id, ids[index])
    })
    const [ending, reached] = [endingOf(from, choice), endingOf(to, other)]
    if (ending !== undefined && ending !== reached && ending !== 'other' && reached !== 'other')
      tell('finish', choice.finish, other.finish)
  }
  for (const count of ['input', 'output', 'cacheRead', 'reasoning'] as const) {
    const reported = recorded.tokens?.[count]
    // zero and not reported are written the same if a dialect requires a value
    if (reported && arrived.tokens?.[count] !== reported)
      tell(`${count} tokens`, reported, arrived.tokens?.[count])
  }
  return differences
}

/**
 * Call ids that the vendor itself accepts back; others get a substitute, so that the conversation can
 * continue there.
 */
const idsOf: Readonly<Record<Front, RegExp>> = {
  'openai-chat': /^.{1,40}$/,
  'openai-responses': /^.{1,64}$/,
  'anthropic-messages': /^[A-Za-z0-9_-]{1,64}$/,
  gemini: /^/,
}

const withoutSpace = (text: string) => text.replace(/\s+/g, '')

/**
 * Free text of custom tools is one member of an object if a dialect only supports functions. Google only
 * accepts arguments that are objects.
 */
const wrapped = (call: Call, to: Front): Call =>
  call.isCustom && (to === 'anthropic-messages' || to === 'gemini')
    ? { ...call, input: canonical({ input: call.input }) }
    : call

const callsOf = (calls: readonly Call[]) => calls.map(({ name, input }) => `${name}(${input})`).join(' ')

export function short(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'nothing')
  return text.length > 160 ? `${text.slice(0, 110)}…${text.slice(-40)}` : text
}
