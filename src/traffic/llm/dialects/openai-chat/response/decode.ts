// Decodes a provider's chat response into canonical events. A whole response is read like one chunk whose
// delta is its `message`. Choices: decode-choice.ts.

import type { GatewayError } from '../../../../../contract/errors.ts'
import type { UpstreamResponse } from '../../../../../contract/upstream.ts'
import { isList, numberIn, objectsIn, textIn, wordIn } from '../../../../../kit/json.ts'
import { EventData, createResponseReader, omitUndefined } from '../../../canonical/index.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { DecodeContext, EventDecoder, ResponseEvent, ResponseReader } from '../../../canonical/index.ts'
import { garbageError, parseResponseJson, textOf } from '../../../../wire/response-json.ts'
import { cutError } from '../../../../wire/event.ts'
import { responseDialect, usageIn } from './view.ts'
import { Regular } from './repair.ts'
import { ChoiceDecoder } from './decode-choice.ts'
import { messageIn } from '../../../wire/error-body.ts'

export function decodeResponse(response: UpstreamResponse, context: DecodeContext): ResponseReader {
  return createResponseReader(response, {
    events: () => new ChatDecoder(context, false),
    whole: (bytes) => decodeWhole(bytes, context),
  })
}

function decodeWhole(bytes: Uint8Array, context: DecodeContext): readonly ResponseEvent[] {
  const decoder = new ChatDecoder(context, true)
  const out: ResponseEvent[] = []
  if (decoder.decode(new EventData(textOf(bytes), bytes), out)) return out
  if (!decoder.hasChoices) throw garbageError(responseDialect.title, 'nothing in "choices"')
  // A whole response that can be read is complete, even without a finish reason (Snowflake's is "").
  decoder.close(out)
  return out
}

class ChatDecoder implements EventDecoder {
  hasChoices = false
  private isStarted = false
  private isFinished = false
  private readonly regular = new Regular()
  private readonly choices = new Map<number, ChoiceDecoder>()
  private readonly context: DecodeContext
  private readonly isWhole: boolean

  constructor(context: DecodeContext, isWhole: boolean) {
    this.context = context
    this.isWhole = isWhole
  }

  decode(data: EventData, out: ResponseEvent[]): boolean {
    if (data.text.startsWith('[') && responseDialect.isEnd(data.bytes)) {
      if (!this.hasChoices) throw cutError()
      this.close(out)
      return true
    }
    const chunk = this.regular.chunk(parseResponseJson(data.text, responseDialect.title))
    // Errors and usage are rare. The lens reads them, because it knows every place where vendors put them.
    if (
      chunk['error'] != null ||
      chunk['object'] === 'error' ||
      chunk['errors'] != null ||
      chunk['base_resp'] != null
    ) {
      const { fault } = responseDialect.read(data.bytes)
      if (fault) {
        out.push({ kind: 'error', error: { fault, message: messageIn(chunk) } })
        return true
      }
    }
    this.start(chunk, out)
    const sources = objectsIn(chunk['search_results'])
    for (const [position, choice] of objectsIn(chunk['choices']).entries())
      this.decodeChoice(choice, position, sources, out)
    this.hasChoices ||= [...this.choices.values()].some(({ hasBegun }) => hasBegun)
    if (
      chunk['usage'] != null ||
      chunk['x_groq'] != null ||
      objectsIn(chunk['choices']).some((choice) => choice['usage'] != null)
    ) {
      const usage = usageIn(chunk)
      if (usage) out.push({ kind: 'usage', usage })
    }
    return false
  }

  end(out: ResponseEvent[]): GatewayError | undefined {
    // Some vendors omit `[DONE]`.
    if (!this.isFinished) return cutError()
    this.close(out)
    return undefined
  }

  close(out: ResponseEvent[]): void {
    if (!this.isStarted) this.start({}, out)
    for (const choice of this.choices.values()) choice.finish(undefined, out)
    out.push({ kind: 'end' })
  }

  private start(chunk: JsonObject, out: ResponseEvent[]): void {
    // Azure's first event has the results of its filters for the prompt, before the response has an id.
    if (this.isStarted || (isList(chunk['choices']) && chunk['choices'].length === 0 && !wordIn(chunk['id'])))
      return
    this.isStarted = true
    out.push({
      kind: 'start',
      ...omitUndefined({
        id: wordIn(chunk['id']),
        model: wordIn(chunk['model']),
        createdAt: numberIn(chunk['created']),
        serviceTier: textIn(chunk['service_tier']),
      }),
    })
  }

  private decodeChoice(
    choice: JsonObject,
    position: number,
    sources: readonly JsonObject[],
    out: ResponseEvent[],
  ): void {
    const index = numberIn(choice['index']) ?? position
    let decoder = this.choices.get(index)
    if (!decoder) this.choices.set(index, (decoder = new ChoiceDecoder(index, this.context)))
    if (sources.length > 0) decoder.sources = sources
    decoder.decode(choice, out, this.isWhole)
    this.isFinished ||= decoder.isFinished
  }
}
