// Encodes the result of a function as an object. https://ai.google.dev/api/caching#FunctionResponse

import { isObject, tryParseJson, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { MediaBlock, ToolResultBlock } from '../../../canonical/index.ts'
import { wrappers } from './decode-results.ts'
import { encodeMedia } from './media.ts'

/**
 * @param takesMedia may the result contain media? Otherwise they are in `beside`, which follows after all
 * results with the name of the function
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

/**
 * A text that is a JSON object becomes that object. Any other text is put under `output`, as Google's SDKs
 * do.
 */
function objectOf(text: string): JsonObject {
  const value = text.startsWith('{') ? tryParseJson(text) : undefined
  if (!isObject(value)) return text === '' ? {} : { output: text }
  const keys = Object.keys(value)
  // This object would be read as a wrapper.
  return keys.length === 1 && wrappers.some((wrapper) => wrapper === keys[0]) ? { output: text } : value
}
