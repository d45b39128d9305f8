// Decodes a client's request into canonical form.

import { GatewayError } from '../../../../../contract/errors.ts'
import { elements, numberAt, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import type { DecodedEmbedRequest, EmbedInput, EmbedRequest } from '../../../canonical/embed/index.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { IncomingCall } from '../../../canonical/index.ts'
import { dropOwnFields } from '../../../losses/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { jsonAt, optionalCount, optionalString, optionalWord, wrongType } from '../../../../wire/field.ts'
import { viewEmbeddings } from './view.ts'
import type { Input } from './view.ts'
import { table } from './table.ts'

/** The lens has already checked the depth, and edits do not add any. */
const maxDepth = 10_000

export function decodeRequest({ body }: IncomingCall, notes: LossNotes): DecodedEmbedRequest {
  const { document, model, inputs } = viewEmbeddings(typeof body === 'string' ? Buffer.from(body) : body, {
    maxDepth,
  })
  const { members } = document
  dropOwnFields(jsonAt(document, document.root), table, notes)
  const format = optionalWord(document, members, 'encoding_format', ['float', 'base64']) ?? 'float'
  const dimensions = optionalCount(document, members, 'dimensions')
  if (dimensions === 0)
    throw new GatewayError('bad-request', '"dimensions" must be a whole number from 1 up', {
      param: 'dimensions',
    })
  const request: EmbedRequest = {
    model,
    inputs: inputs.map(
      (input): EmbedInput => ({ parts: [partOf(document, input)], ...omitUndefined({ dimensions }) }),
    ),
    ...omitUndefined({ user: optionalString(document, members, 'user') }),
  }
  return { request, responseSeed: { model, format } }
}

function partOf(document: JsonDocument, { span, path, kind }: Input): EmbedInput['parts'][number] {
  if (kind === 'object') throw wrongType(path, 'string', span)
  if (kind === 'array') return { kind: 'tokens', ids: idsOf(document, { span, path, kind }) }
  const text = stringAt(document, span)
  if (text === '')
    throw new GatewayError('bad-request', `"${path}" is an empty string; there is nothing to embed`, {
      param: path,
    })
  return { kind: 'text', text }
}

function idsOf(document: JsonDocument, { span, path }: Input): number[] {
  const spans = elements(document, span)
  if (spans.length === 0)
    throw new GatewayError('bad-request', `"${path}" is empty; there is nothing to embed`, { param: path })
  return spans.map((each, index) => {
    const at = `${path}[${index}]`
    if (each.kind !== 'number') throw wrongType(at, 'number', each)
    const id = numberAt(document, each)
    if (!Number.isSafeInteger(id) || id < 0)
      throw new GatewayError('bad-request', `"${at}" must be the id of a token, a whole number from 0 up`, {
        param: at,
      })
    return id
  })
}
