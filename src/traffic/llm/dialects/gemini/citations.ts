// Citations of a response, in both directions: pages that Google searched (`groundingMetadata`) and sources
// that it recites (`citationMetadata`).
// https://ai.google.dev/api/generate-content#GroundingMetadata

import { isList, numberIn, objectIn, objectsIn, wordIn, written } from '../../../../kit/json.ts'
import { omitUndefined } from '../../canonical/index.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import type { Citation } from '../../canonical/index.ts'

/**
 * @param text the candidate's text so far. Positions are byte offsets in its UTF-8
 * @returns spans as UTF-16 units of that text
 */
export function readCitations(candidate: JsonObject, text: string): Citation[] {
  const grounding = objectIn(candidate['groundingMetadata'])
  const recited = objectsIn(
    objectIn(candidate['citationMetadata'])?.['citations'] ??
      objectIn(candidate['citationMetadata'])?.['citationSources'],
  )
  if (!grounding && recited.length === 0) return []
  const bytes = Buffer.from(text)
  const spanOf = (from: number | undefined, to: number | undefined): Citation['span'] => {
    if (to === undefined) return undefined
    const span = { start: unitsAt(bytes, from ?? 0), end: unitsAt(bytes, to) }
    return span.end > span.start ? span : undefined
  }
  return [
    ...(grounding ? groundedCitations(grounding, spanOf) : []),
    ...recited.map((source) =>
      citationOf(source, spanOf(numberIn(source['startIndex']), numberIn(source['endIndex']))),
    ),
  ]
}

type SpanOf = (from: number | undefined, to: number | undefined) => Citation['span']

function groundedCitations(grounding: JsonObject, spanOf: SpanOf): Citation[] {
  const chunks = isList(grounding['groundingChunks']) ? grounding['groundingChunks'] : []
  const supports = objectsIn(grounding['groundingSupports'])
  // There is no segment, so the sources support the whole response.
  if (supports.length === 0) return chunks.flatMap((chunk) => sourceOf(objectIn(chunk)))
  return supports.flatMap((support) => {
    const segment = objectIn(support['segment'])
    const span = segment && spanOf(numberIn(segment['startIndex']), numberIn(segment['endIndex']))
    const indices = isList(support['groundingChunkIndices']) ? support['groundingChunkIndices'] : []
    return indices.flatMap((index) =>
      typeof index === 'number' ? sourceOf(objectIn(chunks[index]), span) : [],
    )
  })
}

function sourceOf(chunk: JsonObject | undefined, span?: Citation['span']): Citation[] {
  const found =
    objectIn(chunk?.['web']) ??
    objectIn(chunk?.['maps']) ??
    objectIn(chunk?.['retrievedContext']) ??
    objectIn(chunk?.['image'])
  if (!found) return []
  const quote = objectIn(chunk?.['retrievedContext']) ? wordIn(found['text']) : undefined
  return [{ ...citationOf(found, span), ...omitUndefined({ quote }) }]
}

function citationOf(source: JsonObject, span: Citation['span']): Citation {
  const url = wordIn(source['uri']) ?? wordIn(source['sourceUri'])
  return {
    // A document of Google's own store has only a title.
    ...(url === undefined
      ? { native: { dialect: 'gemini', value: source } }
      : { source: { kind: 'url', url } }),
    ...omitUndefined({ title: wordIn(source['title']), span }),
  }
}

/** The number of UTF-16 units before a byte. */
const unitsAt = (bytes: Buffer, offset: number): number => bytes.toString('utf8', 0, offset).length

export interface PlacedCitation {
  citation: Citation
  /** The start of its text block, in UTF-16 units of the candidate's text. */
  base: number
}

/** @param text the candidate's text. Positions are byte offsets in its UTF-8 */
export function writeCitations(placed: readonly PlacedCitation[], text: string): JsonObject {
  const urls: string[] = []
  const chunks: JsonObject[] = []
  const supports: JsonObject[] = []
  for (const { citation, base } of placed) {
    const { source, title, span } = citation
    if (source?.kind !== 'url') continue
    let index = urls.indexOf(source.url)
    if (index < 0) {
      index = urls.push(source.url) - 1
      chunks.push({ web: written({ uri: source.url, title }) })
    }
    if (span)
      supports.push({
        segment: segmentOf(text, base + span.start, base + span.end),
        groundingChunkIndices: [index],
      })
  }
  return { groundingChunks: chunks, ...(supports.length > 0 ? { groundingSupports: supports } : {}) }
}

const segmentOf = (text: string, start: number, end: number): JsonObject => ({
  startIndex: Buffer.byteLength(text.slice(0, start)),
  endIndex: Buffer.byteLength(text.slice(0, end)),
  text: text.slice(start, end),
})
