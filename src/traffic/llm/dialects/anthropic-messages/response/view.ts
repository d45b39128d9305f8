// The lens on a response, whole or one event of a stream: usage, stop reason, errors, the model.

import type { Usage } from '../../../../../contract/usage.ts'
import { members, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { objectIn } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import { readResponseJson } from '../../../../wire/response-json.ts'
import type { ResponseDialect, ResponseFacts } from '../../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../wire/faults.ts'
import { jsonAt } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { readFinish } from '../finish.ts'
import { readBlockEvent, readMessage } from './content.ts'
import { forms } from './forms.ts'
import { mergeUsage, readStartUsage, readUsage } from '../usage.ts'
import { writeBrokenStream, writeError } from '../errors.ts'
import { latin1Of } from '../../../../../kit/bytes-text.ts'

/** The name of this dialect's responses, for messages about malformed ones. */
export const title = 'an Anthropic Messages response'

export const responseDialect: ResponseDialect = {
  title,
  read: (data) => readResponseJson(data, title, (document) => factsOf(document, new StreamUsage())),
  forStream() {
    const counts = new StreamUsage()
    return {
      ...responseDialect,
      read: (data) => readResponseJson(data, title, (document) => factsOf(document, counts)),
    }
  },
  isEnd: () => false,
  // Some servers of this dialect omit `message_stop`.
  completes: ({ finish, fault }) => finish !== undefined || fault !== undefined,
  missing: ({ document }) => (document.members.get('content')?.kind === 'array' ? undefined : 'no "content"'),
  isSdkError: (data) =>
    /"type"\s*:\s*"error"/.test(latin1Of(data)) && /"error"\s*:\s*\{/.test(latin1Of(data)),
  writeError,
  writeBrokenStream,
  forms,
  meter: {
    usual: '"content_block_delta"',
    telling: ['"error":', '"usage":'],
    output: ['"text":', '"partial_json":', '"thinking":'],
  },
}

/**
 * Counts of one stream: the first event reports the input, the last one the output. Only newer servers report
 * all counts in both.
 */
class StreamUsage {
  private start: JsonObject | undefined

  begin(usage: JsonObject): Usage {
    this.start = usage
    return readStartUsage(usage)
  }

  end(usage: JsonObject): Usage {
    return readUsage(mergeUsage(this.start, usage))
  }
}

function factsOf(document: JsonDocument, counts: StreamUsage): ResponseFacts {
  const fields = document.members
  const type = wordAt(document, fields, 'type') ?? 'message'
  const error = type === 'error' || fields.has('error') ? readError(document, fields) : undefined
  if (error) return { document, groups: [], fault: faultOfEvent(error) }
  if (type === 'message') return messageFacts(document, fields, (usage) => readUsage(usage))
  if (type === 'message_start') {
    const message = fields.get('message')
    const inner = message?.kind === 'object' ? members(document, message) : fields
    return { ...messageFacts(document, inner, (usage) => counts.begin(usage)), groups: [] }
  }
  if (type === 'message_delta') return { document, groups: [], ...endFacts(document, fields, counts) }
  if (type === 'message_stop') return { document, groups: [], isTerminal: true }
  const group = readBlockEvent(document, fields, type)
  return { document, groups: group ? [group] : [] }
}

function messageFacts(
  document: JsonDocument,
  fields: Fields,
  counted: (usage: JsonObject) => Usage,
): ResponseFacts {
  const usage = objectAt(document, fields.get('usage'))
  const model = wordAt(document, fields, 'model')
  const reason = wordAt(document, fields, 'stop_reason')
  return {
    document,
    groups: readMessage(document, fields),
    ...(usage && { usage: counted(usage) }),
    ...(model !== undefined && { upstreamModel: model }),
    ...(reason !== undefined && { finish: readFinish(reason) }),
  }
}

function endFacts(
  document: JsonDocument,
  fields: Fields,
  counts: StreamUsage,
): Pick<ResponseFacts, 'usage' | 'finish'> {
  const usage = objectAt(document, fields.get('usage'))
  const delta = fields.get('delta')
  const reason =
    delta?.kind === 'object' ? wordAt(document, members(document, delta), 'stop_reason') : undefined
  return {
    ...(usage && { usage: counts.end(usage) }),
    ...(reason !== undefined && { finish: readFinish(reason) }),
  }
}

/** Counts are small, so they alone are parsed. */
function objectAt(document: JsonDocument, span: JsonSpan | undefined): JsonObject | undefined {
  return span?.kind === 'object' ? objectIn(jsonAt(document, span)) : undefined
}

function wordAt(document: JsonDocument, fields: Fields, name: string): string | undefined {
  const span = fields.get(name)
  return span?.kind === 'string' ? stringAt(document, span) : undefined
}
