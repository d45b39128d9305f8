// Decodes the content blocks of a message into canonical blocks. A stream sends a block in pieces; a whole
// message starts and stops each block at once. Blocks of server tools have no neutral form: they are
// assembled and forwarded whole.

import { anyTextIn, isObject, objectsIn, parseJson, textIn } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { Native, ResponseEvent } from '../../../canonical/index.ts'
import { garbageError } from '../../../../wire/response-json.ts'
import { readCitation } from '../citations.ts'
import { title } from './view.ts'

interface OpenBlock {
  id: string
  kind: 'text' | 'reasoning' | 'tool-call' | 'native'
  /** The block as it began. */
  start: JsonObject
  signature: string
  /** Fragments of a native block's input. */
  input: string[]
}

export class BlocksDecoder {
  readonly #open = new Map<number, OpenBlock>()
  hasBegun = false

  /** @param inputText the input of a tool call in its original spelling, if the block is complete */
  start(index: number, start: JsonObject, out: ResponseEvent[], inputText?: string): void {
    const id = `b${index}`
    const kind = kinds.get(start['type'] ?? null) ?? 'native'
    this.stop(index, out)
    this.#open.set(index, { id, kind, start, signature: '', input: [] })
    this.hasBegun = true
    if (kind === 'native') return
    if (kind === 'tool-call') {
      const callId = anyTextIn(start['id']) ?? ''
      const name = anyTextIn(start['name']) ?? ''
      out.push({ kind: 'tool-call-start', choice: 0, id, callId, name, tool: 'function' })
      if (!isEmptyInput(start['input'])) pushText(out, 'tool-call-delta', id, inputText ?? start['input'])
      return
    }
    out.push({ kind: `${kind}-start`, choice: 0, id })
    // Some servers of this dialect begin a block with content that Anthropic sends in deltas.
    pushText(out, `${kind}-delta`, id, start['text'] ?? start['thinking'])
    for (const citation of objectsIn(start['citations'])) this.#cite(id, citation, out)
  }

  delta(index: number, delta: JsonObject, out: ResponseEvent[]): void {
    const block = this.#open.get(index)
    if (!block) return
    const { id, kind } = block
    const type = delta['type']
    if (type === 'text_delta' && kind === 'text') pushText(out, 'text-delta', id, delta['text'])
    else if (type === 'thinking_delta' && kind === 'reasoning')
      pushText(out, 'reasoning-delta', id, delta['thinking'])
    else if (type === 'signature_delta') block.signature += textIn(delta['signature']) ?? ''
    else if (type === 'input_json_delta' && kind === 'tool-call')
      pushText(out, 'tool-call-delta', id, delta['partial_json'])
    else if (type === 'input_json_delta') block.input.push(textIn(delta['partial_json']) ?? '')
    else if (type === 'citations_delta') this.#cite(id, delta['citation'], out)
  }

  stop(index: number, out: ResponseEvent[]): void {
    const block = this.#open.get(index)
    if (!block) return
    this.#open.delete(index)
    const { id, kind } = block
    if (kind === 'native') {
      const native: Native = { dialect: 'anthropic-messages', value: completeBlock(block) }
      out.push({ kind: 'native', choice: 0, native })
    } else if (kind === 'reasoning') {
      const signature = signatureOf(block)
      out.push({ kind: 'reasoning-end', choice: 0, id, ...(signature && { signature }) })
    } else out.push({ kind: `${kind}-end`, choice: 0, id })
  }

  stopAll(out: ResponseEvent[]): void {
    for (const index of this.#open.keys()) this.stop(index, out)
  }

  #cite(block: string, citation: Json | undefined, out: ResponseEvent[]): void {
    if (citation !== undefined)
      out.push({ kind: 'citation', choice: 0, block, citation: readCitation(citation) })
  }
}

const kinds: ReadonlyMap<Json, OpenBlock['kind']> = new Map<Json, OpenBlock['kind']>([
  ['text', 'text'],
  ['thinking', 'reasoning'],
  ['redacted_thinking', 'reasoning'],
  ['tool_use', 'tool-call'],
])

/** A stream begins each call with an empty input, and some servers write the input as JSON text. */
function isEmptyInput(input: Json | undefined): boolean {
  return typeof input === 'string'
    ? /^\s*(?:\{\})?\s*$/.test(input)
    : isObject(input) && Object.keys(input).length === 0
}

function pushText(
  out: ResponseEvent[],
  kind: 'text-delta' | 'reasoning-delta' | 'tool-call-delta',
  id: string,
  value: Json | undefined,
): void {
  const text = anyTextIn(value)
  if (text !== undefined && text !== '') out.push({ kind, choice: 0, id, text })
}

/** The signature of a thinking block, or a whole redacted block. */
function signatureOf({ start, signature }: OpenBlock): Native | undefined {
  const value = start['type'] === 'redacted_thinking' ? start : signature || textIn(start['signature'])
  return value ? { dialect: 'anthropic-messages', value } : undefined
}

/** A server tool's block with the input that came in fragments. */
function completeBlock({ start, input }: OpenBlock): JsonObject {
  const text = input.join('')
  if (text === '') return start
  try {
    return { ...start, input: parseJson(text) }
  } catch {
    throw garbageError(title, 'the input of a server tool is not JSON')
  }
}
