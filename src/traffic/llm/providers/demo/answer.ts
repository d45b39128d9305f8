// A demo model's response to a request, before it is encoded: text or tool calls, cut at the request's
// limits.

import type { Random } from '../../../../kit/id.ts'
import { lastResults, planCalls, sumUp } from './plan.ts'
import type { DemoRequest } from './request.ts'
import { fillSchema } from './schema-fill.ts'
import { lastText, lastWords } from './spoken.ts'
import { countTokens, tokensOf } from './tokens.ts'

export type Answer =
  | { kind: 'text'; tokens: readonly string[]; finish: 'stop' | 'length' }
  | { kind: 'calls'; calls: readonly AnsweredCall[]; finish: 'tool_calls' | 'stop' | 'length' }

export interface AnsweredCall {
  id: string
  name: string
  /** The arguments' JSON text in pieces. */
  tokens: readonly string[]
}

export function answer(request: DemoRequest, isAgent: boolean, random: Random): Answer {
  const isForced = request.choice.kind === 'required' || request.choice.kind === 'named'
  const calls = isAgent || isForced ? planCalls(request) : []
  return calls.length > 0
    ? callsWithin(request, calls, random)
    : textWithin(request, textOf(request, isAgent))
}

/** The tokens of the completion, including those that vendors add around a call. */
export const tokensIn = (given: Answer): number =>
  given.kind === 'text'
    ? given.tokens.length
    : given.calls.reduce((sum, { name, tokens }) => sum + headTokens(name) + tokens.length, 0)

export const headTokens = (name: string): number => countTokens(name) + 2

function textOf(request: DemoRequest, isAgent: boolean): string {
  const said = isAgent ? lastWords(request.messages) : lastText(request.messages)
  const told = isAgent ? sumUp(request.messages) : undefined
  if (request.format.kind === 'object') return JSON.stringify({ answer: said })
  if (request.format.kind === 'schema')
    return JSON.stringify(
      fillSchema(request.format.schema, isAgent ? `${said}\n${lastResults(request.messages)}` : said),
    )
  if (told !== undefined) return told
  if (!isAgent) return said
  if (request.tools.length === 0) return `I was offered no tools. You said: ${said}`
  return `None of my tools (${request.tools.map(({ name }) => name).join(', ')}) fits what you said: ${said}`
}

function textWithin({ stops, limit }: DemoRequest, text: string): Answer {
  const ends = stops.map((stop) => (stop === '' ? -1 : text.indexOf(stop))).filter((at) => at >= 0)
  const tokens = tokensOf(ends.length > 0 ? text.slice(0, Math.min(...ends)) : text)
  return tokens.length > limit
    ? { kind: 'text', tokens: tokens.slice(0, limit), finish: 'length' }
    : { kind: 'text', tokens, finish: 'stop' }
}

/** As with vendors, a call at the output limit is cut inside its arguments, and later calls are missing. */
function callsWithin(
  request: DemoRequest,
  planned: readonly { name: string; arguments: string }[],
  random: Random,
): Answer {
  const calls: AnsweredCall[] = []
  let left = request.limit
  for (const { name, arguments: text } of planned) {
    left -= headTokens(name)
    if (left < 0) return { kind: 'calls', calls, finish: 'length' }
    const tokens = tokensOf(text)
    calls.push({ id: newId('call_', 24, random), name, tokens: tokens.slice(0, left) })
    if (tokens.length > left) return { kind: 'calls', calls, finish: 'length' }
    left -= tokens.length
  }
  // a call that was requested by name ends with `stop`:
  // https://platform.openai.com/docs/guides/function-calling
  return { kind: 'calls', calls, finish: request.choice.kind === 'named' ? 'stop' : 'tool_calls' }
}

/** `chatcmpl-…`, `call_…`: a name that looks like the vendor's. */
export function newId(prefix: string, length: number, random: Random): string {
  let id = prefix
  for (let index = 0; index < length; index += 1) id += letters[Math.floor(random() * letters.length)]
  return id
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
