// Plans the tool calls of demo/agent. It makes calls that the user wrote out, or calls tools that the text
// names, in rounds (`…, then …`), and sums up the results.

import { properNames } from './material.ts'
import type { DemoMessage, DemoRequest, DemoTool } from './request.ts'
import { fillSchema } from './schema-fill.ts'
import { lastWords, sinceWords } from './spoken.ts'
import { type PlannedCall, writtenCalls } from './written-calls.ts'

const mostRounds = 8
const mostCallsPerRound = 4
const mostCandidates = 64
/** The longest part of a text that a plan considers, in characters. */
const longestText = 4000

/**
 * The calls of this round. If there are none, the model responds with text. A required tool (`required`, a
 * name) is called even when no word matches.
 */
export function planCalls(request: DemoRequest): readonly PlannedCall[] {
  const { choice, tools } = request
  if (choice.kind === 'none' || tools.length === 0) return []
  const said = lastWords(request.messages)
  const done = roundsSince(request.messages)
  const isOver = done.length >= mostRounds
  if (choice.kind === 'named')
    return tools
      .filter(({ name }) => name === choice.name)
      .slice(0, 1)
      .map((tool) => callOf(tool, said))
  const next = isOver ? undefined : firstUndone(roundsOf(said, request), done.flat())
  if (next) return next
  const [first] = tools
  return choice.kind === 'required' && first && !isOver ? [callOf(first, said)] : []
}

/** A summary of the tool results since the last user message. */
export function sumUp(messages: readonly DemoMessage[]): string | undefined {
  const recent = sinceWords(messages)
  const names = new Map(recent.flatMap(({ calls }) => calls.map((call) => [call.id, call.name] as const)))
  const results = recent.filter(({ role }) => role === 'tool')
  if (results.length === 0) return undefined
  const told = results.map(
    ({ callId, text }) => `${names.get(callId ?? '') ?? 'a tool'} answered: ${shortened(text)}`,
  )
  return `I called ${results.length === 1 ? 'one tool' : `${results.length} tools`}. ${told.join(' ')}`
}

/** The tool results of the last round, unchanged. */
export function lastResults(messages: readonly DemoMessage[]): string {
  const recent = sinceWords(messages)
  const round = recent.slice(recent.findLastIndex(({ role }) => role === 'assistant') + 1)
  return round.flatMap(({ role, text }) => (role === 'tool' ? [shortened(text)] : [])).join('\n')
}

/**
 * The plan of a text: one round per part that names a tool. Without parallel calls, every call is a separate
 * round.
 */
function roundsOf(said: string, { tools, isParallel }: DemoRequest): readonly (readonly PlannedCall[])[] {
  const text = said.slice(0, longestText)
  const written = writtenCalls(text, tools)
  const rounds = written.length > 0 ? written : namedCalls(text, tools)
  return isParallel ? rounds : rounds.flat().map((call) => [call])
}

const namedCalls = (text: string, tools: readonly DemoTool[]): readonly (readonly PlannedCall[])[] =>
  text
    .split(/\b(?:and\s+)?then\b/i)
    .map((part) => callsFor(part, tools))
    .filter((calls) => calls.length > 0)

function callsFor(part: string, tools: readonly DemoTool[]): PlannedCall[] {
  // quoted text is input for the tool
  const spoken = new Set(wordsOf(part.replaceAll(/["“`][^"“”`\n]*["”`]/g, ' ')))
  const scored = tools
    .map((tool) => ({ tool, score: scoreOf(tool, spoken) }))
    .filter(({ score }) => score >= enough)
  const best = Math.max(...scored.map(({ score }) => score))
  const met = scored
    .filter(({ score }) => score * 2 >= best)
    .slice(0, mostCandidates)
    .map((one) => ({ ...one, words: metWords(one.tool, spoken) }))
  // `read the file` means read_file: every word that matches write_file matches read_file better
  const chosen = met
    .filter(
      (one) =>
        !met.some(
          (other) => other.score > one.score && [...one.words].every((word) => other.words.has(word)),
        ),
    )
    .slice(0, mostCallsPerRound)
  const [only] = chosen
  if (only && chosen.length === 1) return severalOf(only.tool, part)
  return chosen.map(({ tool }) => callOf(tool, clauseFor(tool, part)))
}

/** The half of `mail Ann and check the weather` that mentions the tool. */
function clauseFor(tool: DemoTool, part: string): string {
  const clauses = part
    .split(/\band\b|;|\n|\.\s/)
    .map((clause) => ({ clause, score: scoreOf(tool, new Set(wordsOf(clause))) }))
  const best = clauses.reduce((left, right) => (right.score > left.score ? right : left))
  return best.score >= enough ? best.clause : part
}

/**
 * With several names (`the weather in Paris and Rome`), the tool is called once for each name, if its only
 * argument is a text.
 */
function severalOf(tool: DemoTool, part: string): PlannedCall[] {
  const field = onlyTextField(tool.parameters)
  const names = properNames(part)
  const listed = names.filter(
    (name, index) => isListed(part, name, names[index + 1]) || isListed(part, names[index - 1], name),
  )
  if (field === undefined || listed.length < 2) return [callOf(tool, part)]
  return listed
    .slice(0, mostCallsPerRound)
    .map((name) => ({ name: tool.name, arguments: JSON.stringify({ [field]: name }) }))
}

const isListed = (part: string, left: string | undefined, right: string | undefined): boolean =>
  left !== undefined &&
  right !== undefined &&
  [', ', ' and ', ', and ', ' or '].some((link) => part.includes(left + link + right))

function onlyTextField(parameters: unknown): string | undefined {
  if (!isObject(parameters) || !isObject(parameters['properties'])) return undefined
  const required: unknown = parameters['required']
  const field: unknown = Array.isArray(required) && required.length === 1 ? required[0] : undefined
  const schema = typeof field === 'string' ? parameters['properties'][field] : undefined
  return typeof field === 'string' &&
    isObject(schema) &&
    schema['type'] === 'string' &&
    !('enum' in schema) &&
    !('format' in schema)
    ? field
    : undefined
}

function callOf(tool: DemoTool, text: string): PlannedCall {
  const filled = fillSchema({ type: 'object', ...(isObject(tool.parameters) && tool.parameters) }, text)
  return { name: tool.name, arguments: JSON.stringify(filled) }
}

/**
 * A word of the name counts as much as two words of the description. Only the first sentence of the
 * description counts, because the descriptions of agents' tools are very long.
 */
const enough = 2
const scoreOf = (tool: DemoTool, spoken: ReadonlySet<string>): number =>
  common(wordsOf(tool.name), spoken).size * 2 + common(wordsOf(firstSentence(tool.description)), spoken).size

const metWords = ({ name, description }: DemoTool, spoken: ReadonlySet<string>): ReadonlySet<string> =>
  common([...wordsOf(name), ...wordsOf(firstSentence(description))], spoken)

const common = (words: readonly string[], spoken: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(words.filter((word) => spoken.has(word)))

const firstSentence = (text: string): string => text.slice(0, 200).split(/[.!?]\s|\n/, 1)[0] ?? ''

/** The words of a text in lower case, without endings and filler words. */
function wordsOf(text: string): string[] {
  const words =
    text
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .match(/\p{L}{3,}/gu) ?? []
  return words
    .filter((word) => !empty.has(word))
    .map((word) => word.replace(word.length > 4 ? /(?:ing|es|s|ed)$/ : /(?<=^...)s$/, ''))
}

const empty = new Set(
  'the and for with from that this what which who how are was were you your can could please give get set tool function call current user name names use using all any has have its into out about'.split(
    ' ',
  ),
)

/** Names of the tools called, round by round. */
const roundsSince = (messages: readonly DemoMessage[]): readonly (readonly string[])[] =>
  sinceWords(messages).flatMap(({ calls }) => (calls.length > 0 ? [calls.map(({ name }) => name)] : []))

/**
 * Rounds are identified by their tools, not by their number: after a handoff, other tools are offered and the
 * plan changes.
 */
function firstUndone(
  rounds: readonly (readonly PlannedCall[])[],
  called: readonly string[],
): readonly PlannedCall[] | undefined {
  const left = [...called]
  return rounds.find((round) => {
    const places = round.map(({ name }) => {
      const at = left.indexOf(name)
      if (at >= 0) left.splice(at, 1)
      return at
    })
    return places.includes(-1)
  })
}

/** Agents add some hundred characters before a tool's result. */
const shortened = (text: string): string => (text.length > 1000 ? `${text.slice(0, 1000)}…` : text)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
