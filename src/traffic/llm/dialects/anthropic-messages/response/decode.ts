// Decodes a provider's successful response into canonical events. A whole message goes through the same steps
// as a stream: it begins, each block starts and stops, it ends.
// https://docs.claude.com/en/docs/build-with-claude/streaming
//
// The counts of `message_start` are provisional: `message_delta` replaces those that it repeats.

import type { GatewayError } from '../../../../../contract/errors.ts'
import type { Usage } from '../../../../../contract/usage.ts'
import type { UpstreamResponse } from '../../../../../contract/upstream.ts'
import { elements, members, scan, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { isList, isObject, numberIn, objectIn, textIn, wordIn } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import { createResponseReader, omitUndefined } from '../../../canonical/index.ts'
import type { EventData, EventDecoder, ResponseEvent, ResponseReader } from '../../../canonical/index.ts'
import { cutError } from '../../../../wire/event.ts'
import { jsonAt } from '../../../../wire/field.ts'
import { garbageError, parseResponseJson, readResponseJson } from '../../../../wire/response-json.ts'
import { errorIn } from '../errors.ts'
import { readFinish } from '../finish.ts'
import { mergeUsage, readStartUsage, readUsage } from '../usage.ts'
import { BlocksDecoder } from './decode-blocks.ts'
import { title } from './view.ts'

export function decodeResponse(response: UpstreamResponse): ResponseReader {
  return createResponseReader(response, {
    events: () => new MessageDecoder(),
    whole: (bytes) => readResponseJson(bytes, title, (document) => new MessageDecoder().whole(document)),
  })
}

class MessageDecoder implements EventDecoder {
  readonly #blocks = new BlocksDecoder()
  #startUsage: JsonObject | undefined
  #hasFinished = false
  #isStarted = false
  #id: string | undefined

  decode(data: EventData, out: ResponseEvent[]): boolean {
    const event = parseResponseJson(data.text, title)
    const index = numberIn(event['index']) ?? 0
    switch (event['type']) {
      case 'content_block_delta':
        this.#blocks.delta(index, objectIn(event['delta']) ?? {}, out)
        return false
      case 'content_block_start':
        this.#blocks.start(index, objectIn(event['content_block']) ?? {}, out)
        return false
      case 'content_block_stop':
        this.#blocks.stop(index, out)
        return false
      case 'message_start':
        this.#start(objectIn(event['message']) ?? {}, out)
        return false
      case 'message_delta':
        this.#finish(objectIn(event['delta']) ?? {}, objectIn(event['usage']), out)
        return false
      case 'ping':
        out.push({ kind: 'ping' })
        return false
      case 'message_stop':
        if (!this.#hasFinished && !this.#blocks.hasBegun) throw cutError()
        this.#blocks.stopAll(out)
        out.push({ kind: 'end' })
        return true
      default:
        return this.#fail(event, data, out)
    }
  }

  end(out: ResponseEvent[]): GatewayError | undefined {
    if (!this.#hasFinished) return cutError()
    out.push({ kind: 'end' })
    return undefined
  }

  whole(document: JsonDocument): ResponseEvent[] {
    const error = errorIn(document)
    if (error) return [{ kind: 'error', error }]
    const content = document.members.get('content')
    if (content?.kind !== 'array') throw garbageError(title, 'no "content"')
    const message = objectIn(jsonAt(document, document.root)) ?? {}
    const counts = objectIn(message['usage'])
    const out: ResponseEvent[] = [startEvent(message, counts)]
    const spans = elements(document, content)
    for (const [index, span] of spans.entries()) {
      const block = isList(message['content']) ? message['content'][index] : undefined
      if (!isObject(block)) continue
      const inputText = block['type'] === 'tool_use' ? inputTextAt(document, span) : undefined
      this.#blocks.start(index, block, out, inputText)
      this.#blocks.stop(index, out)
    }
    this.#finish(message, counts, out)
    out.push({ kind: 'end' })
    return out
  }

  #start(message: JsonObject, out: ResponseEvent[]): void {
    const id = wordIn(message['id'])
    // Some servers send it twice. Another id means that another response has begun.
    if (this.#isStarted && id !== undefined && id === this.#id) return
    if (this.#isStarted) throw garbageError(title, 'two "message_start"')
    this.#isStarted = true
    this.#id = id
    this.#startUsage = objectIn(message['usage'])
    const usage = this.#startUsage && readStartUsage(this.#startUsage)
    out.push(startEvent(message, this.#startUsage, usage))
    // These counts are known even if the stream is cut.
    if (usage) out.push({ kind: 'usage', usage })
  }

  #finish(delta: JsonObject, counts: JsonObject | undefined, out: ResponseEvent[]): void {
    const before = this.#startUsage
    if (counts) out.push({ kind: 'usage', usage: readUsage(before ? mergeUsage(before, counts) : counts) })
    const reason = wordIn(delta['stop_reason'])
    if (reason === undefined || this.#hasFinished) return
    this.#hasFinished = true
    this.#blocks.stopAll(out)
    out.push({
      kind: 'finish',
      choice: 0,
      finish: readFinish(reason),
      ...omitUndefined({ stopSequence: wordIn(delta['stop_sequence']) }),
    })
  }

  /** Unknown events are skipped, as Anthropic requires of its clients. */
  #fail(event: JsonObject, data: EventData, out: ResponseEvent[]): boolean {
    if (event['error'] === undefined || event['error'] === null) return false
    const error = errorIn(scan(data.bytes, { maxDepth: 256 }))
    if (error) out.push({ kind: 'error', error })
    return error !== undefined
  }
}

function startEvent(message: JsonObject, counts: JsonObject | undefined, usage?: Usage): ResponseEvent {
  const serviceTier = textIn(counts?.['service_tier'])
  return {
    kind: 'start',
    ...omitUndefined({ id: wordIn(message['id']), model: wordIn(message['model']), serviceTier, usage }),
  }
}

/**
 * The input of a tool call as the model wrote it, so that numbers keep their digits. Some servers write it as
 * JSON text.
 */
function inputTextAt(document: JsonDocument, block: JsonSpan): string | undefined {
  const input = members(document, block).get('input')
  if (input === undefined || input.kind === 'null') return undefined
  if (input.kind === 'string') return stringAt(document, input)
  const { buffer, byteOffset } = document.bytes
  return Buffer.from(buffer, byteOffset + input.start, input.end - input.start).toString('utf8')
}
