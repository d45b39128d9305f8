// The lens on a response, whole or the data of one event: usage, finish, errors, the model.
// https://platform.openai.com/docs/api-reference/responses-streaming

import { elements, members, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSource } from '../../../../../kit/json-spans.ts'
import { readResponseJson } from '../../../../wire/response-json.ts'
import type { ResponseDialect, ResponseFacts } from '../../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../wire/faults.ts'
import type { Fields } from '../../../../wire/field.ts'
import { readFinish } from '../finish.ts'
import { readEventContent, readOutput } from './content.ts'
import { forms } from './forms.ts'
import { readUsage } from '../usage.ts'
import { writeError } from '../../../wire/openai/wording.ts'
import { writeBrokenStream } from '../errors.ts'
import { latin1Of } from '../../../../../kit/bytes-text.ts'

export const responseTitle = 'an OpenAI response'
const endData = '[DONE]'

export const responseDialect: ResponseDialect = {
  title: responseTitle,
  read: (data) => readResponseJson(data, responseTitle, factsOf),
  // Some servers send `[DONE]` after the event that ends the response.
  isEnd: (data) => data.length >= 6 && data[0] === 0x5b && latin1Of(data.subarray(0, 6)) === endData,
  endData,
  completes: ({ finish, fault }) => finish !== undefined || fault !== undefined,
  needsFinish: true,
  hasFailureFinish: true,
  missing: ({ document }) => (document.members.get('output')?.kind === 'array' ? undefined : 'no "output"'),
  isSdkError: (data) => worded.test(latin1Of(data)),
  writeError,
  writeBrokenStream,
  meter: {
    // The events that begin and end the response have no "output_index" and are read.
    usual: '"output_index":',
    telling: ['"usage":', '"error":'],
    output: ['"delta":'],
  },
  forms,
}

const worded = /"type"\s*:\s*"(?:error|response\.failed)"|"error"\s*:\s*\{/

/** Events with the complete response. */
const ending = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled'])

function factsOf(document: JsonDocument): ResponseFacts {
  const fields = document.members
  const type = wordOf(document, fields, 'type')
  if (type === undefined) return wholeFacts(document, fields)
  if (type === 'error') return failure(document, fields)
  const response = fields.get('response')
  if (response?.kind !== 'object') {
    const error = readError(document, fields)
    return error
      ? { ...nothing(document), fault: faultOfEvent(error), isTerminal: true }
      : { document, groups: readEventContent(document, fields, type) }
  }
  const inner = members(document, response)
  if (ending.has(type))
    return { ...wholeFacts(document, inner, { form: 'whole', outer: fields }), isTerminal: true }
  const model = wordOf(document, inner, 'model')
  return {
    document,
    groups: readOutput(document, inner, 'whole'),
    ...(model === undefined ? {} : { upstreamModel: model }),
  }
}

const nothing = (document: JsonDocument): ResponseFacts => ({ document, groups: [] })

function failure(document: JsonDocument, fields: Fields): ResponseFacts {
  const code = wordOf(document, fields, 'code')
  const body = readError(document, fields) ?? {
    text: wordOf(document, fields, 'message') ?? '',
    ...(code === undefined ? {} : { code }),
  }
  return { ...nothing(document), fault: faultOfEvent(body), isTerminal: true }
}

/**
 * @param event `form`: it repeats the text of deltas; `outer`: some relays put the error next to the response
 */
function wholeFacts(
  document: JsonDocument,
  fields: Fields,
  event: { form?: 'whole'; outer?: Fields } = {},
): ResponseFacts {
  const output = readOutput(document, fields, event.form)
  const isFailed = wordOf(document, fields, 'status') === 'failed'
  const error =
    readError(document, fields) ??
    (event.outer && readError(document, event.outer)) ??
    (isFailed ? { text: '' } : undefined)
  const facts: ResponseFacts = { document, groups: output }
  const usage = readUsage(document, fields)
  const model = wordOf(document, fields, 'model')
  const status = wordOf(document, fields, 'status')
  if (usage) facts.usage = usage
  if (model !== undefined) facts.upstreamModel = model
  if (error) facts.fault = faultOfEvent(error)
  if (status !== undefined && status !== 'queued' && status !== 'in_progress')
    facts.finish = readFinish(reasonOf(document, fields) ?? status, callsTools(document, fields))
  return facts
}

function reasonOf(document: JsonDocument, fields: Fields): string | undefined {
  const details = fields.get('incomplete_details')
  return details?.kind === 'object' ? wordOf(document, members(document, details), 'reason') : undefined
}

function callsTools(document: JsonSource, fields: Fields): boolean {
  const output = fields.get('output')
  if (output?.kind !== 'array') return false
  return elements(document, output).some((item) => {
    const type = item.kind === 'object' ? wordOf(document, members(document, item), 'type') : undefined
    return type === 'function_call' || type === 'custom_tool_call'
  })
}

function wordOf(source: JsonSource, fields: Fields, name: string): string | undefined {
  const span = fields.get(name)
  return span?.kind === 'string' && span.end - span.start > 2 ? stringAt(source, span) : undefined
}
