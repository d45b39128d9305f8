// What a function answered, as an object. https://ai.google.dev/api/caching#FunctionResponse

import { isObject, tryParseJson, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { MediaBlock, ToolResultBlock } from '../../../canonical/index.ts'
import { wrappers } from './decode-results.ts'
import { encodeMedia } from './media.ts'

/**
 * @param takesMedia media may stand inside; else they come `beside`, behind all results, introduced by name
 */
export function resultOf(
  { callId, blocks, isError }: ToolResultBlock,
  name: string,
  takesMedia: boolean,
): { part: Json; beside: Json[] } {
  const text = blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n')
  const media = blocks.filter((block): block is MediaBlock => block.kind === 'media')
  const parts = media.flatMap(encodeMedia)
  const isInside = takesMedia && parts.length > 0
  const functionResponse = written({
    id: callId,
    name,
    response: isError ? { error: text } : objectOf(text),
    parts: isInside ? parts : undefined,
  })
  const beside =
    isInside || parts.length === 0
      ? []
      : [{ text: `What "${name}" (${callId}) gave beside its text:` }, ...parts]
  return { part: { functionResponse }, beside }
}

/** A text that is an object is one; any other stands under `output`, as Google's SDKs have it. */
function objectOf(text: string): JsonObject {
  const value = text.startsWith('{') ? tryParseJson(text) : undefined
  if (!isObject(value)) return text === '' ? {} : { output: text }
  const keys = Object.keys(value)
  // It would be read as a wrapping.
  return keys.length === 1 && wrappers.some((wrapper) => wrapper === keys[0]) ? { output: text } : value
}
