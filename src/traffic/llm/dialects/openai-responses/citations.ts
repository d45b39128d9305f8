// Citations in the text of a response, in both directions.
// https://platform.openai.com/docs/api-reference/responses/object

import { numberIn, objectIn, wordIn } from '../../../../kit/json.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import type { Citation } from '../../canonical/index.ts'

export function readCitation(annotation: JsonObject): Citation {
  const native = { dialect: 'openai-responses', value: annotation } as const
  const title = wordIn(annotation['title']) ?? wordIn(annotation['filename'])
  const start = numberIn(annotation['start_index'])
  const end = numberIn(annotation['end_index'])
  const about = {
    native,
    ...(title === undefined ? {} : { title }),
    ...(start === undefined || end === undefined ? {} : { span: { start, end } }),
  }
  const url = annotation['type'] === 'url_citation' ? wordIn(annotation['url']) : undefined
  if (url !== undefined) return { source: { kind: 'url', url }, ...about }
  const id = annotation['type'] === 'file_citation' ? wordIn(annotation['file_id']) : undefined
  return id === undefined ? about : { source: { kind: 'document', id }, ...about }
}

/**
 * Undefined when the dialect has no annotation for the source. @param length the length of the text block,
 * for citations of the whole block
 */
export function writeCitation(
  { source, title, span, native }: Citation,
  length: number,
): JsonObject | undefined {
  const own = native?.dialect === 'openai-responses' ? objectIn(native.value) : undefined
  if (own) return own
  if (source?.kind === 'url') {
    const { start, end } = span ?? { start: 0, end: length }
    return { type: 'url_citation', start_index: start, end_index: end, url: source.url, title: title ?? '' }
  }
  if (source?.kind !== 'document' || source.id === undefined) return undefined
  return { type: 'file_citation', file_id: source.id, filename: title ?? '', index: span?.end ?? length }
}
