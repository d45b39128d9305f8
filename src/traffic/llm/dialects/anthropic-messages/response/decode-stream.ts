// A provider's stream as canonical events. https://docs.claude.com/en/docs/build-with-claude/streaming
//
// Blocks come one behind the other, each with its index. Blocks of server tools have no neutral form: they
// are put together and given whole. The counts of `message_start` are provisional; `message_delta` replaces
// what it tells again.

import type { GatewayError } from '../../../../../contract/errors.ts'
import { scan } from '../../../../../kit/json-spans.ts'
import {
  anyTextIn,
  isObject,
  numberIn,
  objectIn,
  parseJson,
  textIn,
  wordIn,
} from '../../../../../kit/json.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { EventData, EventDecoder, ResponseEvent } from '../../../canonical/index.ts'
import { garbage, parseResponseJson } from '../../../../wire/response-json.ts'
import { cut } from '../../../../wire/event.ts'
import { readFinish } from '../finish.ts'
import { mergeUsage, readStartUsage, readUsage } from '../usage.ts'
import { readCitation } from '../citations.ts'
import { errorIn } from '../errors.ts'
import { title } from './view.ts'

interface OpenBlock {
  id: string
  kind: 'text' | 'reasoning' | 'tool-call' | 'native'
  /** As it began: what is given whole at its end. */
  start: JsonObject
  signature: string
  /** Fragments of a native block's input. */
  input: string[]
}

export class StreamDecoder implements EventDecoder {
  private readonly open = new Map<number, OpenBlock>()
  private startUsage: JsonObject | undefined
  private hasFinished = false
  private blocks = 0
  private isStarted = false
  private id: string | undefined

  decode(data: EventData, out: ResponseEvent[]): boolean {
    const event = parseResponseJson(data.text, title)
    switch (event['type']) {
      case 'content_block_delta':
        this.delta(event, out)
        return false
      case 'content_block_start':
        this.start(event, out)
        return false
      case 'content_block_stop':
        this.stop(numberIn(event['index']) ?? 0, out)
        return false
      case 'message_start':
        this.begin(objectIn(event['message']) ?? {}, out)
        return false
      case 'message_delta':
        this.finish(event, out)
        return false
      case 'ping':
        out.push({ kind: 'ping' })
        return false
      case 'message_stop':
        if (!this.hasFinished && this.blocks === 0) throw cut()
        this.closeAll(out)
        out.push({ kind: 'end' })
        return true
      default:
        return this.error(event, data, out)
    }
  }

  end(out: ResponseEvent[]): GatewayError | undefined {
    if (!this.hasFinished) return cut()
    out.push({ kind: 'end' })
    return undefined
  }

  /** Events that we don't know are skipped, as Anthropic asks of its clients. */
  private error(event: JsonObject, data: EventData, out: ResponseEvent[]): boolean {
    if (event['error'] === undefined || event['error'] === null) return false
    const error = errorIn(scan(data.bytes, { maxDepth: 256 }))
    if (error) out.push({ kind: 'error', error })
    return error !== undefined
  }

  private begin(message: JsonObject, out: ResponseEvent[]): void {
    const id = wordIn(message['id'])
    // Some servers send it twice; another one means that another answer has begun.
    if (this.isStarted && id !== undefined && id === this.id) return
    if (this.isStarted) throw garbage(title, 'two "message_start"')
    this.isStarted = true
    this.id = id
    this.startUsage = objectIn(message['usage'])
    const usage = this.startUsage && readStartUsage(this.startUsage)
    out.push({
      kind: 'start',
      ...omitUndefined({ id, model: wordIn(message['model']), serviceTier: tierIn(this.startUsage), usage }),
    })
    // of a stream that is cut, this much is known
    if (usage) out.push({ kind: 'usage', usage })
  }

  private start(event: JsonObject, out: ResponseEvent[]): void {
    const index = numberIn(event['index']) ?? 0
    const start = objectIn(event['content_block']) ?? {}
    const id = `b${index}`
    const type = start['type']
    const block: OpenBlock = {
      id,
      kind: kinds.get(type ?? null) ?? 'native',
      start,
      signature: '',
      input: [],
    }
    this.stop(index, out)
    this.open.set(index, block)
    this.blocks += 1
    if (block.kind === 'native') return
    if (block.kind === 'tool-call')
      out.push({
        kind: 'tool-call-start',
        choice: 0,
        id,
        callId: textIn(start['id']) ?? '',
        name: textIn(start['name']) ?? '',
        tool: 'function',
      })
    else out.push({ kind: `${block.kind}-start`, choice: 0, id })
    // some servers of this dialect begin a block with what Anthropic tells in deltas
    const text = wordIn(start['text']) ?? wordIn(start['thinking'])
    if (text !== undefined && block.kind !== 'tool-call')
      out.push({ kind: `${block.kind}-delta`, choice: 0, id, text })
    const input = start['input']
    const isEmpty =
      typeof input === 'string'
        ? /^\s*(?:\{\})?\s*$/.test(input)
        : isObject(input) && Object.keys(input).length === 0
    if (block.kind === 'tool-call' && !isEmpty) push(out, 'tool-call-delta', id, input)
  }

  private delta(event: JsonObject, out: ResponseEvent[]): void {
    const block = this.open.get(numberIn(event['index']) ?? 0)
    const delta = objectIn(event['delta'])
    if (!block || !delta) return
    const { id, kind } = block
    const type = delta['type']
    if (type === 'text_delta' && kind === 'text') push(out, 'text-delta', id, delta['text'])
    else if (type === 'thinking_delta' && kind === 'reasoning')
      push(out, 'reasoning-delta', id, delta['thinking'])
    else if (type === 'signature_delta') block.signature += textIn(delta['signature']) ?? ''
    else if (type === 'input_json_delta' && kind === 'tool-call')
      push(out, 'tool-call-delta', id, delta['partial_json'])
    else if (type === 'input_json_delta') block.input.push(textIn(delta['partial_json']) ?? '')
    else if (type === 'citations_delta' && delta['citation'] !== undefined)
      out.push({ kind: 'citation', choice: 0, block: id, citation: readCitation(delta['citation']) })
  }

  private stop(index: number, out: ResponseEvent[]): void {
    const block = this.open.get(index)
    if (!block) return
    this.open.delete(index)
    const { id, kind, start } = block
    if (kind === 'native')
      out.push({
        kind: 'native',
        choice: 0,
        native: { dialect: 'anthropic-messages', value: wholeOf(block) },
      })
    else if (kind !== 'reasoning') out.push({ kind: `${kind}-end`, choice: 0, id })
    else if (start['type'] === 'redacted_thinking')
      out.push({
        kind: 'reasoning-end',
        choice: 0,
        id,
        signature: { dialect: 'anthropic-messages', value: start },
      })
    else
      out.push({
        kind: 'reasoning-end',
        choice: 0,
        id,
        ...signed(block.signature || (textIn(start['signature']) ?? '')),
      })
  }

  private closeAll(out: ResponseEvent[]): void {
    for (const index of this.open.keys()) this.stop(index, out)
  }

  private finish(event: JsonObject, out: ResponseEvent[]): void {
    const delta = objectIn(event['delta']) ?? {}
    const counts = objectIn(event['usage'])
    if (counts) out.push({ kind: 'usage', usage: readUsage(mergeUsage(this.startUsage, counts)) })
    const reason = wordIn(delta['stop_reason'])
    if (reason === undefined || this.hasFinished) return
    this.hasFinished = true
    this.closeAll(out)
    out.push({
      kind: 'finish',
      choice: 0,
      finish: readFinish(reason),
      ...omitUndefined({ stopSequence: wordIn(delta['stop_sequence']) }),
    })
  }
}

const kinds: ReadonlyMap<Json, OpenBlock['kind']> = new Map<Json, OpenBlock['kind']>([
  ['text', 'text'],
  ['thinking', 'reasoning'],
  ['redacted_thinking', 'reasoning'],
  ['tool_use', 'tool-call'],
])

function push(
  out: ResponseEvent[],
  kind: 'text-delta' | 'reasoning-delta' | 'tool-call-delta',
  id: string,
  text: Json | undefined,
): void {
  const said = anyTextIn(text)
  if (said !== undefined && said !== '') out.push({ kind, choice: 0, id, text: said })
}

/** A server tool's block with the input that came in fragments. */
function wholeOf({ start, input }: OpenBlock): JsonObject {
  const text = input.join('')
  if (text === '') return start
  try {
    return { ...start, input: parseJson(text) }
  } catch {
    throw garbage(title, 'a server tool’s input is no JSON')
  }
}

/** The tier that served the call, out of its counts. */
export const tierIn = (usage: JsonObject | undefined): string | undefined => textIn(usage?.['service_tier'])

/** The proof that belongs to a piece of thinking, if there is one. */
export function signed(signature: string): { signature?: { dialect: 'anthropic-messages'; value: string } } {
  return signature === '' ? {} : { signature: { dialect: 'anthropic-messages', value: signature } }
}
