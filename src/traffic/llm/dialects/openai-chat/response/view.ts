// The lens on a response, whole or one chunk of a stream: usage, finish, errors, the model.

import type { Usage } from '../../../../../contract/usage.ts'
import { elements, members, scan, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { objectsIn, written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import { readResponseJson } from '../../../../wire/response-json.ts'
import type { ResponseDialect, ResponseFacts } from '../../../../wire/facts.ts'
import { faultOfEvent, readError } from '../../../wire/faults.ts'
import type { Fields } from '../../../../wire/field.ts'
import { termIn } from '../../../wire/tier.ts'
import { forms } from './forms.ts'
import { readFinish } from '../finish.ts'
import { repairOf } from './repair.ts'
import { readChoices } from './content.ts'
import { readUsage } from '../usage.ts'
import { writeError } from '../../../wire/openai/wording.ts'
import { writeBrokenStream } from '../errors.ts'
import { latin1Of } from '../../../../../kit/bytes-text.ts'

const title = 'an OpenAI chat answer'
const endData = '[DONE]'

const chat: ResponseDialect = {
  title,
  read: (data) => readResponseJson(data, title, chunkOf),
  // OpenAI's SDKs check the beginning only.
  isEnd: (data) => data.length >= 6 && data[0] === 0x5b && latin1Of(data.subarray(0, 6)) === endData,
  endData,
  // Some vendors omit `[DONE]`.
  completes: ({ finish, fault }) => finish !== undefined || fault !== undefined,
  missing: ({ groups, finish }) =>
    finish || groups.some(({ slots }) => slots.length > 0) ? undefined : 'nothing in "choices"',
  isSdkError: (data) => errorMember.test(latin1Of(data)),
  writeError,
  writeBrokenStream,
  forms,
  meter: {
    usual: '"choices":',
    // A tool call begins with its name.
    telling: ['"usage":', '"finish_reason":', '"error":', '"name":'],
    output: ['"content":', '"arguments":', '"reasoning_content":', '"reasoning":', '"refusal":', '"input":'],
  },
}

export const responseDialect: ResponseDialect = {
  ...chat,
  repair: repairOf(true),
  forStream: () => ({ ...chat, repair: repairOf(false) }),
}

const errorMember = /"error"\s*:\s*[^\sn]/

function chunkOf(document: JsonDocument): ResponseFacts {
  const fields = document.members
  const choices = readChoices(document, fields)
  const counts = usageOf(document, fields)
  const term = counts && termIn(document, fields)
  const usage = term === undefined ? counts : { ...counts, terms: [term] }
  const finish = choices.findLast((choice) => choice.finish !== undefined)?.finish
  const error = readError(document, fields)
  const model = fields.get('model')
  const isUsageOnly =
    usage !== undefined &&
    error === undefined &&
    fields.get('choices')?.kind === 'array' &&
    choices.length === 0
  const chunk: ResponseFacts = { document, groups: choices, isUsageOnly }
  if (usage !== undefined) chunk.usage = usage
  if (finish !== undefined) chunk.finish = readFinish(finish)
  if (error !== undefined) chunk.fault = faultOfEvent(error)
  // Azure's first event reports on the prompt and does not name a model yet.
  if (model?.kind === 'string' && model.end - model.start > 2) chunk.upstreamModel = stringAt(document, model)
  return chunk
}

/** The usage of a parsed response. The same reader reads it from a copy that holds only the usage. */
export function usageIn(chunk: JsonObject): Usage | undefined {
  const choices = objectsIn(chunk['choices']).map(({ usage }) => written({ usage }))
  const document = scan(
    JSON.stringify(written({ usage: chunk['usage'], x_groq: chunk['x_groq'], choices })),
    { maxDepth: 256 },
  )
  return usageOf(document, document.members)
}

/** It is at the top, in `x_groq` (Groq without `include_usage`), or in the choice (Moonshot). */
function usageOf(document: JsonDocument, fields: Fields): Usage | undefined {
  const usage = fields.get('usage')
  if (usage?.kind === 'object') return readUsage(document, usage)
  const groq = fields.get('x_groq')
  const choices = fields.get('choices')
  const places = [...(groq ? [groq] : []), ...(choices?.kind === 'array' ? elements(document, choices) : [])]
  for (const place of places) {
    const inner = place.kind === 'object' ? members(document, place).get('usage') : undefined
    if (inner?.kind === 'object') return readUsage(document, inner)
  }
  return undefined
}
