// The lens on a request: what Gatehouse acts on, as positions in the caller's bytes. Model and method are not
// among them, because they are in the path. Fields: https://ai.google.dev/api/generate-content,
// https://ai.google.dev/api/tokens

import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import { scanBody } from '../../../../wire/body.ts'
import { optional, optionalCount, optionalString, required } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import type { RequestView } from '../../../wire/operation.ts'
import type { Address } from '../address.ts'
import { camelCased, googleFields, hasList, innerGoogleFields } from '../google-fields.ts'

export interface GeminiView extends RequestView {
  readonly address: Address
  /** Members of the request, in camelCase. countTokens may have them in an inner object. */
  readonly fields: Fields
  /** The prefix of paths: `` or `generateContentRequest.`. */
  readonly prefix: string
  readonly config: { span: JsonSpan; fields: Fields } | undefined
  /** The number of requested candidates. */
  readonly choices: number
  /** `priority`, `flex`, …: tiers have separate prices. */
  readonly serviceTier: string | undefined
}

/** @throws GatewayError `bad-request`; of the body, its message holds field names only */
export function viewGemini(body: Uint8Array, address: Address, limits: { maxDepth: number }): GeminiView {
  const document = scanBody(body, limits)
  const outer = camelCased(document.members, '')
  const inner =
    address.method === 'countTokens'
      ? innerGoogleFields(document, outer, 'generateContentRequest', 'generateContentRequest')
      : undefined
  const fields = inner ?? outer
  const prefix = inner ? 'generateContentRequest.' : ''
  if (!hasList(fields, 'contents', `${prefix}contents`)) throw required(`${prefix}contents`, 'array')
  const path = `${prefix}generationConfig`
  const span = optional(fields, 'generationConfig', 'object', path)
  const config = span && { span, fields: googleFields(document, span, path) }
  const count = (name: string) => config && optionalCount(document, config.fields, name, `${path}.${name}`)
  return {
    document,
    address,
    fields,
    prefix,
    config,
    model: address.model,
    isStreaming: address.method === 'streamGenerateContent',
    maxOutputTokens: count('maxOutputTokens'),
    choices: Math.max(1, count('candidateCount') ?? 1),
    serviceTier: optionalString(document, fields, 'serviceTier', `${prefix}serviceTier`),
  }
}
