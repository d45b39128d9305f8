// Citations in both directions. https://docs.claude.com/en/docs/build-with-claude/citations

import { numberIn, objectIn, textIn, wordIn, written } from '../../../../kit/json.ts'
import { omitUndefined } from '../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../kit/json.ts'
import type { Citation } from '../../canonical/index.ts'

type Place = NonNullable<Citation['place']>

/** Anthropic's names for the position of a citation in its source. */
const places: readonly { type: string; unit: Place['unit']; start: string; end: string }[] = [
  { type: 'char_location', unit: 'character', start: 'start_char_index', end: 'end_char_index' },
  { type: 'page_location', unit: 'page', start: 'start_page_number', end: 'end_page_number' },
  { type: 'content_block_location', unit: 'block', start: 'start_block_index', end: 'end_block_index' },
]

/** The neutral part of a citation, together with its original form. */
export function readCitation(value: Json): Citation {
  const given = objectIn(value) ?? {}
  const place = places.find(({ type }) => type === given['type'])
  const start = place && numberIn(given[place.start])
  const end = place && numberIn(given[place.end])
  const url = given['type'] === 'web_search_result_location' ? wordIn(given['url']) : undefined
  const index = place && numberIn(given['document_index'])
  return {
    ...omitUndefined({
      source:
        url !== undefined
          ? { kind: 'url' as const, url }
          : place && { kind: 'document' as const, ...omitUndefined({ index, id: wordIn(given['file_id']) }) },
      title: textIn(given['title']) ?? textIn(given['document_title']),
      quote: textIn(given['cited_text']),
      place: place && start !== undefined && end !== undefined ? { unit: place.unit, start, end } : undefined,
    }),
    native: { dialect: 'anthropic-messages', value },
  }
}

/**
 * The citation in Anthropic's form. Undefined when there is none: search results of other vendors lack the
 * signature that Anthropic requires.
 */
export function writeCitation({ source, place, quote, title, native }: Citation): JsonObject | undefined {
  if (native?.dialect === 'anthropic-messages') return objectIn(native.value)
  if (source?.kind !== 'document' || source.index === undefined || !place || quote === undefined)
    return undefined
  const names = places.find(({ unit }) => unit === place.unit)
  if (!names) return undefined
  return written({
    type: names.type,
    cited_text: quote,
    document_index: source.index,
    document_title: title ?? null,
    [names.start]: place.start,
    [names.end]: place.end,
  })
}
