// Decodes the result of a function. Google requires an object. SDKs put a plain text under `output` (or
// `result`) and a failure under `error`.
// https://ai.google.dev/api/caching#FunctionResponse

import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { stringAt } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { MediaBlock, ToolResultBlock } from '../../../canonical/index.ts'
import { objectFields, optional, optionalString } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { googleList, innerGoogleFields } from '../google-fields.ts'
import type { CallIds } from './call-ids.ts'
import { blobOf, fileOf } from './media.ts'

export function decodeResult(
  document: JsonDocument,
  fields: Fields,
  path: string,
  ids: CallIds,
): ToolResultBlock {
  const name = optionalString(document, fields, 'name', `${path}.name`)
  const id = optionalString(document, fields, 'id', `${path}.id`)
  const response = optional(fields, 'response', 'object', `${path}.response`)
  const { text, isError } = response
    ? said(document, response, `${path}.response`)
    : { text: '', isError: false }
  const media = googleList(document, fields, 'parts', `${path}.parts`).flatMap((part) =>
    mediaOf(document, part.fields, part.path),
  )
  return {
    kind: 'tool-result',
    callId: ids.result(name, id === '' ? undefined : id, path),
    ...omitUndefined({ name }),
    blocks: [...(text === '' ? [] : [{ kind: 'text', text } as const]), ...media],
    ...(isError ? { isError } : {}),
  }
}

/** The only members into which SDKs put the result of a function. */
export const wrappers = ['output', 'result', 'error'] as const

function said(document: JsonDocument, response: JsonSpan, path: string): { text: string; isError: boolean } {
  const members = objectFields(document, response, path)
  const [only] = members.size === 1 ? members : []
  const inner = wrappers.find((name) => name === only?.[0])
  if (!only || inner === undefined) return { text: source(document, response), isError: false }
  const [, span] = only
  return {
    text: span.kind === 'string' ? stringAt(document, span) : source(document, span),
    isError: inner === 'error',
  }
}

function mediaOf(document: JsonDocument, fields: Fields, path: string): MediaBlock[] {
  const blob = innerGoogleFields(document, fields, 'inlineData', `${path}.inlineData`)
  if (blob) return [blobOf(document, blob, `${path}.inlineData`)]
  const file = innerGoogleFields(document, fields, 'fileData', `${path}.fileData`)
  return file ? [fileOf(document, file, `${path}.fileData`)] : []
}

function source({ bytes }: JsonDocument, { start, end }: JsonSpan): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}
