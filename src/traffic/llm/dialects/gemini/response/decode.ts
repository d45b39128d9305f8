// Decodes a response into canonical events: a whole response, or a stream in which every event is a complete
// GenerateContentResponse. https://ai.google.dev/api/generate-content
//
// A stream has no event that ends it. So finishes are held until it ends (chunks may follow a finish), and
// then blocks close, finishes and `end` come. A stream that ended without a finish, or without the reason why
// the prompt was blocked, was cut.

import type { GatewayError } from '../../../../../contract/errors.ts'
import type { UpstreamResponse } from '../../../../../contract/upstream.ts'
import { objectIn, objectsIn, parseJson, wordIn } from '../../../../../kit/json.ts'
import { createResponseReader, omitUndefined } from '../../../canonical/index.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type {
  DecodeContext,
  EventData,
  EventDecoder,
  ResponseEvent,
  ResponseReader,
} from '../../../canonical/index.ts'
import { garbageError, parseResponseJson, textOf } from '../../../../wire/response-json.ts'
import { cutError } from '../../../../wire/event.ts'
import { blockedFinish } from '../finish.ts'
import { Searches, queryLists } from '../searches.ts'
import { readUsage } from '../usage.ts'
import { CandidateDecoder } from './decode-choice.ts'
import { errorOfEvent, errorIn } from '../errors.ts'
import { title } from './view.ts'

export function decodeResponse(response: UpstreamResponse, context: DecodeContext): ResponseReader {
  return createResponseReader(response, {
    events: () => new ResponseDecoder(context),
    whole: (bytes) => decodeWhole(bytes, context),
  })
}

/** One response, or all of a stream as a list: Google's form for clients that do not request events. */
function decodeWhole(bytes: Uint8Array, context: DecodeContext): ResponseEvent[] {
  const responses = listIn(bytes) ?? [parseResponseJson(bytes, title)]
  const missing = responses.map(missingOf).find((what) => what !== undefined)
  if (responses.length === 1 && missing !== undefined) throw garbageError(title, missing)
  const decoder = new ResponseDecoder(context)
  const out: ResponseEvent[] = []
  if (responses.some((response) => decoder.take(response, out))) return out
  const cutShort = decoder.end(out)
  if (cutShort && responses.length !== 1) throw cutShort
  if (cutShort) decoder.close(out)
  return out
}

function listIn(bytes: Uint8Array): readonly JsonObject[] | undefined {
  if (bytes[0] !== 0x5b) return undefined
  try {
    return objectsIn(parseJson(textOf(bytes)))
  } catch {
    throw garbageError(title, 'no valid JSON')
  }
}

/** Every whole response has one of these members. */
function missingOf(response: JsonObject): string | undefined {
  const isResponse =
    objectsIn(response['candidates']).length > 0 ||
    wordIn(objectIn(response['promptFeedback'])?.['blockReason']) ||
    errorIn(response)
  return isResponse ? undefined : 'no "candidates"'
}

class ResponseDecoder implements EventDecoder {
  private readonly candidates = new Map<number, CandidateDecoder>()
  private readonly context: DecodeContext
  private readonly searches = new Searches()
  private hasStarted = false
  private blockReason: string | undefined

  constructor(context: DecodeContext) {
    this.context = context
  }

  decode(data: EventData, out: ResponseEvent[]): boolean {
    return this.take(parseResponseJson(data.text, title), out)
  }

  end(out: ResponseEvent[]): GatewayError | undefined {
    const isFinished =
      this.blockReason !== undefined || [...this.candidates.values()].some(({ hasFinish }) => hasFinish)
    if (!isFinished) return cutError()
    this.close(out)
    return undefined
  }

  /** @returns whether it was an error */
  take(response: JsonObject, out: ResponseEvent[]): boolean {
    const error = errorIn(response)
    if (error) {
      out.push({ kind: 'error', error: errorOfEvent(error) })
      return true
    }
    if (!this.hasStarted) {
      this.hasStarted = true
      out.push({
        kind: 'start',
        ...omitUndefined({ id: wordIn(response['responseId']), model: wordIn(response['modelVersion']) }),
      })
    }
    objectsIn(response['candidates']).forEach((candidate, position) => {
      this.candidate(candidate, position).take(candidate, out)
      for (const list of queryLists)
        this.searches.take(list, objectIn(candidate['groundingMetadata'])?.[list])
    })
    this.blockReason ??= wordIn(objectIn(response['promptFeedback'])?.['blockReason'])
    const metadata = objectIn(response['usageMetadata'])
    // The last one wins. After an abort, only the last one before it is known.
    const usage = this.searches.usageWith(metadata && readUsage(metadata))
    if (usage) out.push({ kind: 'usage', usage })
    return false
  }

  close(out: ResponseEvent[]): void {
    for (const candidate of this.candidates.values()) candidate.close(out)
    if (this.candidates.size === 0) {
      const raw = this.blockReason
      out.push({
        kind: 'finish',
        choice: 0,
        finish: raw === undefined ? { unified: 'other', raw: '' } : blockedFinish(raw),
      })
    }
    out.push({ kind: 'end' })
  }

  private candidate({ index }: JsonObject, position: number): CandidateDecoder {
    const choice = typeof index === 'number' && Number.isSafeInteger(index) ? index : position
    let known = this.candidates.get(choice)
    if (!known) this.candidates.set(choice, (known = new CandidateDecoder(choice, this.context)))
    return known
  }
}
