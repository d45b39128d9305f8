// One JSON text of an answer, whole or a stream's chunk, and what it says beside content: usage, finish, errors, the model.

import type { Finish, UpstreamFault, Usage } from '../../../../contract/traffic.ts'
import { JsonFault } from '../../../../kit/json-fault.ts'
import { elements, members, scan, stringAt } from '../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../kit/json-spans.ts'
import { GatewayError } from '../../../../contract/errors.ts'
import type { Fields } from './field.ts'
import { faultOfEvent, readError } from './faults.ts'
import { finishOf } from './finish.ts'
import { readChoices } from './reply-content.ts'
import type { Choice } from './reply-content.ts'
import { readUsage } from './usage.ts'

export interface Chunk {
  document: JsonDocument
  choices: Choice[]
  usage?: Usage
  finish?: Finish
  fault?: UpstreamFault
  upstreamModel?: string
  /** No choices and a usage: the event that only `include_usage` asks for. */
  isUsageOnly: boolean
}

/** Vendors nest little; an answer that nests more is not of this dialect. */
const maxDepth = 256

/** @throws GatewayError `upstream-garbage` when it is no JSON object */
export function readChunk(data: Uint8Array): Chunk {
  try {
    const document = scan(data, { maxDepth })
    if (document.root.kind !== 'object') throw garbage(`JSON of kind ${document.root.kind}`)
    return chunkOf(document)
  } catch (thrown) {
    if (thrown instanceof JsonFault) throw garbage(`no valid JSON: ${thrown.message}`)
    throw thrown
  }
}

export function garbage(what: string): GatewayError {
  return new GatewayError('upstream-garbage', `The provider sent something that is not an OpenAI chat answer (${what}).`)
}

function chunkOf(document: JsonDocument): Chunk {
  const fields = document.members
  const choices = readChoices(document, fields)
  const usage = usageOf(document, fields)
  const finish = choices.findLast((choice) => choice.finish !== undefined)?.finish
  const error = readError(document, fields)
  const model = fields.get('model')
  const isUsageOnly = usage !== undefined && error === undefined && fields.get('choices')?.kind === 'array' && choices.length === 0
  const chunk: Chunk = { document, choices, isUsageOnly }
  if (usage !== undefined) chunk.usage = usage
  if (finish !== undefined) chunk.finish = finishOf(finish)
  if (error !== undefined) chunk.fault = faultOfEvent(error)
  if (model?.kind === 'string') chunk.upstreamModel = stringAt(document, model)
  return chunk
}

/** At the top; inside of `x_groq` (Groq without `include_usage`); inside of the choice (Moonshot). */
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
