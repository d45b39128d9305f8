// Writes the citations of a response in this dialect.
// https://platform.openai.com/docs/api-reference/chat/object

import type { JsonObject } from '../../../../kit/json.ts'
import type { Citation } from '../../canonical/index.ts'

/**
 * Undefined when the dialect has no citation for the source. @param offset of the text block in the whole
 * content
 */
export function writeCitation(
  { source, title = '', span }: Citation,
  offset: number,
  length: number,
): JsonObject | undefined {
  if (source?.kind !== 'url') return undefined
  const { start, end } = span ?? { start: 0, end: length }
  return {
    type: 'url_citation',
    url_citation: { start_index: start + offset, end_index: end + offset, title, url: source.url },
  }
}
