// Decodes a provider's response into canonical events. A whole response is read like the event that ends a
// stream. Items: decode-item.ts.

import type { GatewayError } from '../../../../../contract/errors.ts'
import type { Usage } from '../../../../../contract/usage.ts'
import type { UpstreamResponse } from '../../../../../contract/upstream.ts'
import { scan } from '../../../../../kit/json-spans.ts'
import { numberIn, objectIn, objectsIn, textIn, wordIn, written } from '../../../../../kit/json.ts'
import { createResponseReader, omitUndefined } from '../../../canonical/index.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type {
  DecodeContext,
  EventData,
  EventDecoder,
  ResponseEvent,
  ResponseReader,
} from '../../../canonical/index.ts'
import { garbageError, parseResponseJson } from '../../../../wire/response-json.ts'
import { cutError } from '../../../../wire/event.ts'
import { responseDialect, responseTitle } from './view.ts'
import { readFinish } from '../finish.ts'
import { readUsage } from '../usage.ts'
import { ItemDecoder } from './decode-item.ts'
import { errorIn, messageIn } from '../../../wire/error-body.ts'

export function decodeResponse(response: UpstreamResponse, context: DecodeContext): ResponseReader {
  return createResponseReader(response, {
    events: () => new ResponseDecoder(context),
    whole: (bytes) => decodeWhole(bytes, context),
  })
}

function decodeWhole(bytes: Uint8Array, context: DecodeContext): readonly ResponseEvent[] {
  const decoder = new ResponseDecoder(context)
  const out: ResponseEvent[] = []
  const whole = parseResponseJson(bytes, responseTitle)
  // Errors are rare. The lens reads them, because it knows all their forms.
  const { fault } =
    whole['error'] == null && whole['object'] !== 'error' && whole['status'] !== 'failed'
      ? noFault
      : responseDialect.read(bytes)
  if (fault) return [{ kind: 'error', error: { fault, message: messageIn(whole) } }]
  if (!Array.isArray(whole['output'])) throw garbageError(responseTitle, 'no "output"')
  decoder.finish(whole, out)
  return out
}

const noFault = { fault: undefined }

/** Events with the whole response at that moment. */
const beginning = new Set(['response.created', 'response.in_progress', 'response.queued'])
const ending = new Set(['response.completed', 'response.incomplete', 'response.cancelled'])

/**
 * The usage of a parsed response. The reader of usage reads it from a copy that holds only counts and kinds
 * of items, which may cost fees.
 */
function usageIn(whole: JsonObject): Usage | undefined {
  const output = objectsIn(whole['output']).map(({ type }) => written({ type }))
  const document = scan(JSON.stringify(written({ usage: whole['usage'], output })), { maxDepth: 256 })
  return readUsage(document, document.members)
}

class ResponseDecoder implements EventDecoder {
  private isStarted = false
  private callsTools = false
  private readonly items = new Map<number, ItemDecoder>()
  private readonly context: DecodeContext

  constructor(context: DecodeContext) {
    this.context = context
  }

  decode(data: EventData, out: ResponseEvent[]): boolean {
    if (data.text.startsWith('[') && responseDialect.isEnd(data.bytes)) throw cutError()
    const event = parseResponseJson(data.text, responseTitle)
    const type = textIn(event['type']) ?? ''
    if (beginning.has(type)) this.start(objectIn(event['response']) ?? {}, out)
    else if (ending.has(type)) {
      this.finish(objectIn(event['response']) ?? {}, out)
      return true
    } else if (type === 'error' || type === 'response.failed' || event['error'] != null) {
      const { fault } = responseDialect.read(data.bytes)
      if (!fault) throw garbageError(responseTitle, 'an error without a message')
      const response = objectIn(event['response'])
      // Output before the failure is billed by these counts.
      const usage = this.isStarted && response ? usageIn(response) : undefined
      if (usage) out.push({ kind: 'usage', usage })
      const holder = response && errorIn(response) ? response : event
      out.push({ kind: 'error', error: { fault, message: messageIn(holder) } })
      return true
    } else {
      const index = numberIn(event['output_index'])
      if (index === undefined) return false
      this.start({}, out)
      this.itemOf(index).event(type, event, out)
    }
    return false
  }

  end(): GatewayError {
    return cutError()
  }

  finish(whole: JsonObject, out: ResponseEvent[]): void {
    this.start(whole, out)
    const output = objectsIn(whole['output'])
    // Some servers send complete items only here. Others omit items here, so the remaining items have
    // different indexes.
    const mayTellMore = output.length > this.items.size
    for (const [index, item] of output.entries())
      if (mayTellMore || this.items.has(index)) this.itemOf(index).whole(item, out)
    for (const item of this.items.values()) {
      item.close(out)
      this.callsTools ||= item.isCall
    }
    const usage = usageIn(whole)
    if (usage) out.push({ kind: 'usage', usage })
    const raw =
      wordIn(objectIn(whole['incomplete_details'])?.['reason']) ?? wordIn(whole['status']) ?? 'completed'
    out.push({ kind: 'finish', choice: 0, finish: readFinish(raw, this.callsTools) }, { kind: 'end' })
  }

  private start(whole: JsonObject, out: ResponseEvent[]): void {
    if (this.isStarted) return
    this.isStarted = true
    const { id, model, created_at: createdAt, service_tier: serviceTier } = whole
    out.push({
      kind: 'start',
      ...omitUndefined({
        id: wordIn(id),
        model: wordIn(model),
        createdAt: numberIn(createdAt),
        serviceTier: wordIn(serviceTier),
      }),
    })
  }

  private itemOf(index: number): ItemDecoder {
    let item = this.items.get(index)
    if (!item) this.items.set(index, (item = new ItemDecoder(index, this.context)))
    return item
  }
}
