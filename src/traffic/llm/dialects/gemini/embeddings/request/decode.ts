// Decodes a client's request into canonical form. Model and method are in the path.

import { GatewayError } from '../../../../../../contract/errors.ts'
import type { JsonDocument } from '../../../../../../kit/json-spans.ts'
import type { DecodedEmbedRequest, EmbedInput, EmbedPart } from '../../../../canonical/embed/index.ts'
import { omitUndefined } from '../../../../canonical/index.ts'
import type { IncomingCall } from '../../../../canonical/index.ts'
import { dropOwnFields } from '../../../../losses/index.ts'
import type { LossNotes } from '../../../../losses/index.ts'
import { jsonAt, optionalCount, optionalString } from '../../../../../wire/field.ts'
import type { Fields } from '../../../../../wire/field.ts'
import { addressOf } from '../../address.ts'
import { blobOf, fileOf } from '../../request/media.ts'
import { innerGoogleFields } from '../../google-fields.ts'
import { partsOf, settingsOf, viewGeminiEmbeddings } from './view.ts'
import type { EmbedContent, GeminiEmbeddingsView } from './view.ts'
import { table } from './table.ts'

/** The view has checked the depth. Edits do not add any. */
const maxDepth = 10_000

export function decodeRequest({ path, body }: IncomingCall, notes: LossNotes): DecodedEmbedRequest {
  const view = viewGeminiEmbeddings(
    typeof body === 'string' ? Buffer.from(body) : body,
    addressOf(path.replace(/\?.*$/, '')),
    { maxDepth },
  )
  dropOwnFields(jsonAt(view.document, view.document.root), table, notes)
  const inputs = view.requests.map((request) => inputOf(view, request))
  return {
    request: { model: view.model, inputs },
    responseSeed: { model: view.model, isBatch: view.isBatch },
  }
}

function inputOf(view: GeminiEmbeddingsView, request: EmbedContent): EmbedInput {
  const { document } = view
  const settings = settingsOf(view, request)
  const parts = partsOf(view, request).flatMap(({ fields, path }) => partOf(document, fields, path))
  if (parts.length === 0) throw empty(`${request.prefix}content`)
  const first = <Value>(read: (fields: Fields, path: string) => Value | undefined) =>
    settings.map(({ fields, path }) => read(fields, path)).find((value) => value !== undefined)
  const dimensions = first((fields, path) =>
    optionalCount(document, fields, 'outputDimensionality', `${path}outputDimensionality`),
  )
  if (dimensions === 0) {
    const param = `${request.prefix}outputDimensionality`
    throw new GatewayError('bad-request', `"${param}" must be a whole number from 1 up`, { param })
  }
  return {
    parts,
    ...omitUndefined({
      taskType: first((fields, path) => optionalString(document, fields, 'taskType', `${path}taskType`)),
      title: first((fields, path) => optionalString(document, fields, 'title', `${path}title`)),
      dimensions,
    }),
  }
}

function partOf(document: JsonDocument, fields: Fields, path: string): EmbedPart[] {
  const text = optionalString(document, fields, 'text', `${path}.text`)
  if (text === '') throw empty(`${path}.text`)
  if (text !== undefined) return [{ kind: 'text', text }]
  const blob = innerGoogleFields(document, fields, 'inlineData', `${path}.inlineData`)
  if (blob) return [blobOf(document, blob, `${path}.inlineData`)]
  const file = innerGoogleFields(document, fields, 'fileData', `${path}.fileData`)
  return file ? [fileOf(document, file, `${path}.fileData`)] : []
}

const empty = (param: string) =>
  new GatewayError('bad-request', `"${param}" is empty; there is nothing to embed`, { param })
