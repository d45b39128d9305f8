// Citations of pages as Google tells what an answer is grounded in.
// https://ai.google.dev/api/generate-content#GroundingMetadata

import { written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { Citation } from '../../../canonical/index.ts'

export interface PlacedCitation {
  citation: Citation
  /** Where its text block begins, in UTF-16 units of the candidate's text. */
  base: number
}

/** @param text of the candidate: places are told as bytes of its UTF-8 */
export function groundingOf(placed: readonly PlacedCitation[], text: string): JsonObject {
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
