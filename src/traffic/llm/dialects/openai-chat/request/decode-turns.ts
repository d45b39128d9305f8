// Decodes the messages of a request into turns. Parts: decode-blocks.ts.

import { GatewayError } from '../../../../../contract/errors.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  AssistantTurn,
  InstructionTurn,
  MediaBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
  UserTurn,
} from '../../../canonical/index.ts'
import {
  arrayOf,
  jsonAt,
  neededString,
  objectFields,
  optional,
  optionalString,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { decodeContent } from './decode-blocks.ts'
import { decodeReasoning, signatureOf } from '../reasoning.ts'

interface Message {
  document: JsonDocument
  fields: Fields
  path: string
}

/** Names of the calls so far, by id. Results refer to these ids. */
type Calls = Map<string, string>

/** @throws GatewayError `bad-request` */
export function decodeMessages(document: JsonDocument): { system: InstructionTurn[]; turns: Turn[] } {
  const system: InstructionTurn[] = []
  const turns: Turn[] = []
  const calls: Calls = new Map()
  /** All results that follow one assistant turn form one turn. */
  let results: ToolResultBlock[] | undefined
  for (const { span, path } of arrayOf(document, document.members, 'messages')) {
    const turn = decodeMessage({ document, fields: objectFields(document, span, path), path }, calls)
    if (turn.role === 'tool') {
      if (!results) turns.push({ role: 'tool', blocks: (results = []) })
      results.push(...turn.blocks)
      continue
    }
    const isSaid = turn.blocks.length > 0 || turn.role === 'user'
    if (isSaid) results = undefined
    if ((turn.role === 'system' || turn.role === 'developer') && turns.length === 0) system.push(turn)
    // an empty user message is kept, because it shows who spoke last
    else if (isSaid) turns.push(turn)
  }
  return { system, turns }
}

function decodeMessage(message: Message, calls: Calls): Turn {
  const { document, fields, path } = message
  const role = neededString(document, fields, 'role', `${path}.role`)
  const name = omitUndefined({ name: optionalString(document, fields, 'name', `${path}.name`) })
  if (role === 'system' || role === 'developer')
    return { role, blocks: decodeContent(document, fields, path).filter(isText), ...name }
  if (role === 'user') return { role, blocks: decodeContent(document, fields, path).filter(isGiven), ...name }
  if (role === 'assistant') return { role, blocks: assistantBlocks(message, calls), ...name }
  if (role === 'tool' || role === 'function')
    return { role: 'tool', blocks: [toolResult(message, role, calls)] }
  throw new GatewayError(
    'bad-request',
    `"${path}.role" must be one of system, developer, user, assistant, tool`,
    { param: `${path}.role` },
  )
}

/** Blocks that roles other than the assistant may send. */
const isGiven = (block: ReturnType<typeof decodeContent>[number]): block is UserTurn['blocks'][number] =>
  block.kind !== 'refusal' && block.kind !== 'reasoning'

const isText = (block: { kind: string }): block is TextBlock => block.kind === 'text'

function assistantBlocks(message: Message, calls: Calls): AssistantTurn['blocks'] {
  const { document, fields, path } = message
  const refusal = optionalString(document, fields, 'refusal', `${path}.refusal`)
  return [
    ...decodeReasoning(document, fields),
    ...decodeContent(document, fields, path),
    ...(refusal === undefined ? [] : [{ kind: 'refusal', text: refusal } as const]),
    ...spokenBefore(message),
    ...toolCalls(message, calls),
  ]
}

function spokenBefore({ document, fields, path }: Message): MediaBlock[] {
  const span = optional(fields, 'audio', 'object', `${path}.audio`)
  if (!span) return []
  const id = neededString(document, objectFields(document, span, `${path}.audio`), 'id', `${path}.audio.id`)
  return [{ kind: 'media', media: 'audio', source: { kind: 'id', dialect: 'openai-chat', id } }]
}

function toolCalls({ document, fields, path }: Message, calls: Calls): ToolCallBlock[] {
  const own = new Set<string>()
  const blocks = arrayOf(document, fields, 'tool_calls', `${path}.tool_calls`).map(({ span, path: at }) => {
    const block = toolCall(document, span, at)
    if (own.has(block.id))
      throw new GatewayError('bad-request', `"${at}.id" is also the id of another call in this message`, {
        param: `${at}.id`,
      })
    own.add(block.id)
    return block
  })
  const older = optional(fields, 'function_call', 'object', `${path}.function_call`)
  if (older) {
    const call = objectFields(document, older, `${path}.function_call`)
    const name = neededString(document, call, 'name', `${path}.function_call.name`)
    blocks.push({
      kind: 'tool-call',
      id: olderId(name),
      name,
      tool: 'function',
      input: argumentsOf(document, call, `${path}.function_call`),
    })
  }
  for (const { id, name } of blocks) calls.set(id, name)
  return blocks
}

/** The older format has no ids: a result names its function. */
const olderId = (name: string) => `call_${name}`

function toolCall(document: JsonDocument, span: JsonSpan, path: string): ToolCallBlock {
  const fields = objectFields(document, span, path)
  const tool = optionalString(document, fields, 'type', `${path}.type`) === 'custom' ? 'custom' : 'function'
  const inner = optional(fields, tool, 'object', `${path}.${tool}`)
  if (!inner)
    throw new GatewayError('bad-request', `"${path}.${tool}" is missing; it must be an object`, {
      param: `${path}.${tool}`,
    })
  const call = objectFields(document, inner, `${path}.${tool}`)
  return {
    kind: 'tool-call',
    id: neededString(document, fields, 'id', `${path}.id`),
    name: neededString(document, call, 'name', `${path}.${tool}.name`),
    tool,
    input:
      tool === 'custom'
        ? (optionalString(document, call, 'input', `${path}.custom.input`) ?? '')
        : argumentsOf(document, call, `${path}.function`),
    ...omitUndefined({ signature: signatureOf(document, fields) }),
  }
}

/** JSON text. Ollama's own clients send an object. */
function argumentsOf(document: JsonDocument, call: Fields, path: string): string {
  const span = call.get('arguments')
  if (span?.kind === 'object') return JSON.stringify(jsonAt(document, span))
  return optionalString(document, call, 'arguments', `${path}.arguments`) ?? ''
}

function toolResult(
  { document, fields, path }: Message,
  role: 'tool' | 'function',
  calls: Calls,
): ToolResultBlock {
  const at = role === 'tool' ? 'tool_call_id' : 'name'
  const said = neededString(document, fields, at, `${path}.${at}`)
  const callId = role === 'tool' ? said : olderId(said)
  const name = calls.get(callId)
  if (name === undefined)
    throw new GatewayError('bad-request', `"${path}.${at}" answers no tool call that stands before it`, {
      param: `${path}.${at}`,
    })
  return { kind: 'tool-result', callId, name, blocks: decodeContent(document, fields, path).filter(isGiven) }
}
