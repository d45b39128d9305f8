// Decodes the conversation into canonical turns. A user message with both tool results and other blocks
// becomes two turns.

import { GatewayError } from '../../../../../contract/errors.ts'
import { elements } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import type {
  AssistantTurn,
  InstructionTurn,
  TextBlock,
  ToolResultBlock,
  ToolTurn,
  Turn,
  UserTurn,
} from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { arrayOf, objectFields, optional, optionalWord, required, wrongType } from '../../../../wire/field.ts'
import { textOf } from './decode-blocks.ts'
import type { Block } from './decode-blocks.ts'
import { blockDecoder } from './decode-blocks.ts'

export interface Conversation {
  system: InstructionTurn[]
  turns: Turn[]
}

type Decode = (span: JsonSpan, path: string) => Block

/** @throws GatewayError `bad-request` */
export function decodeMessages(document: JsonDocument, notes: LossNotes): Conversation {
  const { members } = document
  const decode = blockDecoder(document)
  if (!optional(members, 'messages', 'array')) throw required('messages', 'array')
  const conversation: Conversation = { system: [], turns: [] }
  addInstructions(conversation, blocksOf(document, members.get('system'), 'system', decode))
  for (const { span, path } of arrayOf(document, members, 'messages')) {
    const fields = objectFields(document, span, path)
    const role = optionalWord(document, fields, 'role', ['user', 'assistant', 'system'], `${path}.role`)
    if (role === undefined) throw required(`${path}.role`, 'string')
    const blocks = blocksOf(document, fields.get('content'), `${path}.content`, decode)
    if (role === 'system') addInstructions(conversation, known(blocks, notes))
    else if (role === 'assistant') addAssistant(conversation, blocks, path)
    else addUser(conversation, blocks, path)
  }
  return conversation
}

/** A text or a list of blocks. Absent means no blocks. */
function blocksOf(document: JsonDocument, span: JsonSpan | undefined, path: string, decode: Decode): Block[] {
  if (span === undefined || span.kind === 'null') return []
  if (span.kind === 'string') return [textOf(document, span)]
  if (span.kind !== 'array') throw wrongType(path, 'string', span)
  return elements(document, span).map((each, index) => decode(each, `${path}[${index}]`))
}

function addInstructions({ system, turns }: Conversation, blocks: readonly Block[]): void {
  const texts = blocks.filter((block): block is TextBlock => block.kind === 'text')
  if (texts.length < blocks.length) throw misplaced('system', 'text')
  const others = texts.flatMap(withoutBilling)
  if (others.length > 0) (turns.length === 0 ? system : turns).push({ role: 'system', blocks: others })
}

const billing = /^(?:\s*x-anthropic-[a-z-]+:[^\n]*\n?)+/i

/**
 * Claude Code begins its instructions with a line for Anthropic's billing, which changes with every request.
 * Other vendors cannot use it, and as the first line of the prompt it would prevent caching of every prefix.
 */
function withoutBilling(block: TextBlock): TextBlock[] {
  if (!billing.test(block.text)) return [block]
  const text = block.text.replace(billing, '')
  return text.trim() === '' ? [] : [{ ...block, text }]
}

/** A system message can add and remove tools. Only Anthropic understands that. */
function known(blocks: readonly Block[], notes: LossNotes): readonly Block[] {
  if (blocks.some(({ kind }) => kind === 'native')) notes.drop('native')
  return blocks.filter(({ kind }) => kind !== 'native')
}

function addAssistant({ turns }: Conversation, blocks: readonly Block[], path: string): void {
  const others: AssistantTurn['blocks'][number][] = []
  for (const block of blocks) {
    if (block.kind === 'tool-result') throw misplaced(path, 'no tool_result')
    others.push(block)
  }
  if (others.length > 0) turns.push({ role: 'assistant', blocks: others })
}

function addUser({ turns }: Conversation, blocks: readonly Block[], path: string): void {
  const results: ToolResultBlock[] = []
  const others: UserTurn['blocks'][number][] = []
  for (const block of blocks) {
    if (block.kind === 'tool-result') results.push(block)
    else if (block.kind === 'text' || block.kind === 'media' || block.kind === 'native') others.push(block)
    else throw misplaced(path, 'neither tool_use nor thinking')
  }
  if (results.length > 0) addResults(turns, results)
  if (others.length > 0) turns.push({ role: 'user', blocks: others })
}

function addResults(turns: Turn[], blocks: ToolResultBlock[]): void {
  const last = turns.at(-1)
  if (last?.role !== 'tool') turns.push({ role: 'tool', blocks })
  else turns.splice(-1, 1, { role: 'tool', blocks: [...last.blocks, ...blocks] } satisfies ToolTurn)
}

function misplaced(path: string, allowed: string): GatewayError {
  return new GatewayError('bad-request', `"${path}" may hold ${allowed} among its blocks`, { param: path })
}
