// What demo/agent does with tools: calls those that the user's words name, in rounds (`…, then …`), and sums up what came back.

import { properNames } from './material.ts'
import type { DemoMessage, DemoRequest, DemoTool } from './request.ts'
import { fillSchema } from './schema-fill.ts'

export interface PlannedCall {
  name: string
  /** JSON text. */
  arguments: string
}

const mostRounds = 8
const mostCallsPerRound = 4
/** Plans are made of so many characters of what was said. */
const longestText = 4000

/** The calls of this round; none: it is time to answer in words. A demand for a tool (`required`, a name) is met even when no word fits. */
export function planCalls(request: DemoRequest): readonly PlannedCall[] {
  const { choice, tools } = request
  if (choice.kind === 'none' || tools.length === 0) return []
  const said = lastUserText(request.messages)
  const round = roundsSince(request.messages)
  if (choice.kind === 'named')
    return tools
      .filter(({ name }) => name === choice.name)
      .slice(0, 1)
      .map((tool) => callOf(tool, said))
  const next = round < mostRounds ? roundsOf(said, request)[round] : undefined
  if (next) return next
  const [first] = tools
  return choice.kind === 'required' && first && round < mostRounds ? [callOf(first, said)] : []
}

/** What the tools answered since the user spoke, in words. */
export function sumUp(messages: readonly DemoMessage[]): string | undefined {
  const recent = sinceUser(messages)
  const names = new Map(recent.flatMap(({ calls }) => calls.map((call) => [call.id, call.name] as const)))
  const results = recent.filter(({ role }) => role === 'tool')
  if (results.length === 0) return undefined
  const told = results.map(({ callId, text }) => `${names.get(callId ?? '') ?? 'a tool'} answered: ${shortened(text)}`)
  return `I called ${results.length === 1 ? 'one tool' : `${results.length} tools`}. ${told.join(' ')}`
}

export const lastUserText = (messages: readonly DemoMessage[]): string =>
  messages.findLast(({ role }) => role === 'user')?.text ?? messages.at(-1)?.text ?? ''

/** The plan of a text: one round per part that names a tool. Without parallel calls every call is a round of its own. */
function roundsOf(said: string, { tools, isParallel }: DemoRequest): readonly (readonly PlannedCall[])[] {
  const rounds = said
    .slice(0, longestText)
    .split(/\b(?:and\s+)?then\b/i)
    .map((part) => callsFor(part, tools))
    .filter((calls) => calls.length > 0)
  return isParallel ? rounds : rounds.flat().map((call) => [call])
}

function callsFor(part: string, tools: readonly DemoTool[]): PlannedCall[] {
  const spoken = new Set(wordsOf(part))
  const scored = tools.map((tool) => ({ tool, score: scoreOf(tool, spoken) })).filter(({ score }) => score >= enough)
  const best = Math.max(...scored.map(({ score }) => score))
  const chosen = scored.filter(({ score }) => score * 2 >= best).slice(0, mostCallsPerRound)
  const [only] = chosen
  if (only && chosen.length === 1) return severalOf(only.tool, part)
  return chosen.map(({ tool }) => callOf(tool, clauseFor(tool, part)))
}

/** Of `mail Ann and check the weather`, the half that speaks of the tool. */
function clauseFor(tool: DemoTool, part: string): string {
  const clauses = part.split(/\band\b|;|\n|\.\s/).map((clause) => ({ clause, score: scoreOf(tool, new Set(wordsOf(clause))) }))
  const best = clauses.reduce((left, right) => (right.score > left.score ? right : left))
  return best.score >= enough ? best.clause : part
}

/** One tool for several names (`the weather in Paris and Rome`) is called once for each, when a single text is all that it takes. */
function severalOf(tool: DemoTool, part: string): PlannedCall[] {
  const field = onlyTextField(tool.parameters)
  const names = properNames(part)
  const listed = names.filter((name, index) => isListed(part, name, names[index + 1]) || isListed(part, names[index - 1], name))
  if (field === undefined || listed.length < 2) return [callOf(tool, part)]
  return listed.slice(0, mostCallsPerRound).map((name) => ({ name: tool.name, arguments: JSON.stringify({ [field]: name }) }))
}

const isListed = (part: string, left: string | undefined, right: string | undefined): boolean =>
  left !== undefined && right !== undefined && [', ', ' and ', ', and ', ' or '].some((link) => part.includes(left + link + right))

function onlyTextField(parameters: unknown): string | undefined {
  if (!isObject(parameters) || !isObject(parameters['properties'])) return undefined
  const required: unknown = parameters['required']
  const field: unknown = Array.isArray(required) && required.length === 1 ? required[0] : undefined
  const schema = typeof field === 'string' ? parameters['properties'][field] : undefined
  return typeof field === 'string' && isObject(schema) && schema['type'] === 'string' && !('enum' in schema) && !('format' in schema)
    ? field
    : undefined
}

function callOf(tool: DemoTool, text: string): PlannedCall {
  const filled = fillSchema({ type: 'object', ...(isObject(tool.parameters) && tool.parameters) }, text)
  return { name: tool.name, arguments: JSON.stringify(filled) }
}

/** A word of the name counts as much as two of the description. */
const enough = 2
function scoreOf(tool: DemoTool, spoken: ReadonlySet<string>): number {
  const count = (words: readonly string[]) => new Set(words.filter((word) => spoken.has(word))).size
  return count(wordsOf(tool.name)) * 2 + count(wordsOf(tool.description))
}

/** Lower case, without endings and without words that say nothing. */
function wordsOf(text: string): string[] {
  const words =
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/\p{L}{3,}/gu) ?? []
  return words.filter((word) => !empty.has(word)).map((word) => (word.length > 4 ? word.replace(/(?:ing|es|s|ed)$/, '') : word))
}

const empty = new Set(
  'the and for with from that this what which who how are was were you your can could please give get set tool function call current user name names use using all any has have its into out about'.split(
    ' ',
  ),
)

const sinceUser = (messages: readonly DemoMessage[]): readonly DemoMessage[] =>
  messages.slice(messages.findLastIndex(({ role }) => role === 'user') + 1)

const roundsSince = (messages: readonly DemoMessage[]): number => sinceUser(messages).filter(({ calls }) => calls.length > 0).length

const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text)

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
