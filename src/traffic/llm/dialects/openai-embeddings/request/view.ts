// The lens on a request: what Gatehouse acts on, as positions in the caller's bytes. Fields:
// https://platform.openai.com/docs/api-reference/embeddings/create

import { GatewayError } from '../../../../../contract/errors.ts'
import { elements, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonKind, JsonSpan } from '../../../../../kit/json-spans.ts'
import { scanBody } from '../../../../wire/body.ts'
import { optional, optionalString, required, wrongType, elementsPerStep } from '../../../../wire/field.ts'
import type { RequestView, RequestContent } from '../../../wire/operation.ts'
import { refuseOtherModels } from '../../../wire/vendor-fields.ts'
import type { Steps } from '../../../../../kit/steps.ts'
import { channelOf } from '../../../../wire/slot.ts'

export interface EmbeddingsView extends RequestView {
  readonly modelSpan: JsonSpan
  /**
   * The inputs, one span for each vector: strings, one list of token ids (a single input), lists of token
   * ids, or objects of other vendors.
   */
  readonly inputs: readonly Input[]
  /** `priority`, `flex`, …, at servers that have tiers. */
  readonly serviceTier: string | undefined
}

export interface Input {
  span: JsonSpan
  /** `input[3]`, or `input` for a single input. */
  path: string
  /** `array`: token ids. */
  kind: Extract<JsonKind, 'string' | 'array' | 'object'>
}

/** @throws GatewayError `bad-request`; of the body, its message holds field names only */
export function viewEmbeddings(body: Uint8Array, limits: { maxDepth: number }): EmbeddingsView {
  const document = scanBody(body, limits)
  const fields = document.members
  const modelSpan = optional(fields, 'model', 'string')
  if (!modelSpan) throw required('model', 'string')
  const input = fields.get('input')
  if (!input || input.kind === 'null')
    throw new GatewayError('bad-request', '"input" is missing; it must be a string or an array of strings', {
      param: 'input',
    })
  refuseOtherModels(document)
  return {
    document,
    model: stringAt(document, modelSpan),
    modelSpan,
    inputs: inputsOf(document, input),
    isStreaming: false,
    maxOutputTokens: undefined,
    serviceTier: optionalString(document, fields, 'service_tier'),
  }
}

function inputsOf(document: JsonDocument, input: JsonSpan): Input[] {
  if (input.kind === 'string') return [{ span: input, path: 'input', kind: 'string' }]
  if (input.kind !== 'array') throw wrongType('input', 'array', input)
  const spans = elements(document, input)
  const [first] = spans
  if (!first)
    throw new GatewayError('bad-request', '"input" is empty; there is nothing to embed', { param: 'input' })
  spans.forEach((span, index) => {
    if (span.kind !== first.kind) throw wrongType(`input[${index}]`, first.kind, span)
  })
  if (first.kind === 'number') return [{ span: input, path: 'input', kind: 'array' }]
  const { kind } = first
  if (kind !== 'string' && kind !== 'array' && kind !== 'object') throw wrongType('input[0]', 'string', first)
  return spans.map((span, index) => ({ span, path: `input[${index}]`, kind }))
}

/** The texts that guards read: each input on its own channel. Token ids cannot be read. */
export function* readContent({ inputs }: EmbeddingsView): Steps<RequestContent> {
  const content: RequestContent = { slots: [] }
  for (const [index, { span, path, kind }] of inputs.entries()) {
    if (index % elementsPerStep === elementsPerStep - 1) yield
    if (kind === 'string')
      content.slots.push({ channel: channelOf(path), kind: 'text', escaping: 'none', spans: [span] })
    else if (kind === 'array') content.unreadable = { param: 'input', what: 'token ids' }
  }
  return content
}
