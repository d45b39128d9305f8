// The lens on a response, whole or one chunk of a stream: usage, finish, errors, the model. A stream has no
// event that ends it.

import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { objectIn, textIn } from '../../../../../kit/json.ts'
import { innerFields } from '../../../wire/counts.ts'
import { readResponseJson } from '../../../../wire/response-json.ts'
import type { ResponseDialect, ResponseFacts } from '../../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../wire/faults.ts'
import { jsonAt, optionalJson } from '../../../../wire/field.ts'
import { blockedFinish, readFinish } from '../finish.ts'
import { readCandidates } from './content.ts'
import { Searches, queryLists } from '../searches.ts'
import { forms } from './forms.ts'
import { readUsage } from '../usage.ts'
import { brokenStream, writeBrokenStream, writeError, errorIn } from '../errors.ts'
import { latin1Of, utf8Of } from '../../../../../kit/bytes-text.ts'
import { tryParseJson } from '../../../../../kit/json.ts'

/** The state of one stream: calls come in chunks before the one with the finish. */
interface Memory {
  hasCalls: boolean
  searches: Searches
}

const freshMemory = (): Memory => ({ hasCalls: false, searches: new Searches() })

function dialectWith(memory: () => Memory): ResponseDialect {
  return {
    title,
    read: (data) => readResponseJson(data, title, (document) => factsOf(document, memory())),
    // Google's streams do not end with it, but those of compatible servers do.
    isEnd: (data) => data.length === 6 && data[0] === 0x5b && latin1Of(data) === '[DONE]',
    completes: ({ finish, fault }) => finish !== undefined || fault !== undefined,
    hasFailureFinish: true,
    missing: ({ groups, finish }) => (groups.length > 0 || finish ? undefined : 'no "candidates"'),
    // Google's own SDKs ignore an error that comes as an event.
    isSdkError: () => false,
    rewriteError(data) {
      const error = errorIn(tryParseJson(utf8Of(data)))
      return error && textIn(error['message']) !== undefined ? brokenStream({ error }) : undefined
    },
    writeError,
    writeBrokenStream,
    meter: {
      usual: '"candidates":',
      telling: [
        '"usageMetadata":',
        '"groundingMetadata":',
        '"finishReason":',
        '"error":',
        '"promptFeedback":',
        '"functionCall":',
      ],
      output: ['"text":'],
    },
    forms,
  }
}

/** The name of this dialect's responses, for messages about malformed ones. */
export const title = 'a Gemini answer'

export const responseDialect: ResponseDialect = {
  ...dialectWith(freshMemory),
  forStream() {
    const memory = freshMemory()
    return dialectWith(() => memory)
  },
}

function factsOf(document: JsonDocument, memory: Memory): ResponseFacts {
  const fields = document.members
  const candidates = readCandidates(document, fields)
  if (candidates.some(({ hasCalls }) => hasCalls)) memory.hasCalls = true
  const facts: ResponseFacts = { document, groups: candidates }
  const finish = candidates.findLast((candidate) => candidate.finish !== undefined)?.finish
  const blocked = innerFields(document, fields, 'promptFeedback').get('blockReason')
  if (finish !== undefined) facts.finish = readFinish(finish, memory.hasCalls)
  else if (blocked?.kind === 'string') facts.finish = blockedFinish(stringAt(document, blocked))
  for (const { grounding } of candidates)
    for (const list of queryLists) memory.searches.take(list, optionalJson(document, grounding, list))
  const metadata = fields.get('usageMetadata')
  const usage = memory.searches.usageWith(
    metadata?.kind === 'object' ? readUsage(objectIn(jsonAt(document, metadata)) ?? {}) : undefined,
  )
  if (usage) facts.usage = usage
  const error = readError(document, fields)
  if (error) facts.fault = faultOfEvent(error)
  const model = fields.get('modelVersion')
  if (model?.kind === 'string') facts.upstreamModel = stringAt(document, model)
  return facts
}
