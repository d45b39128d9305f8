// Anthropic takes four marks of what may be cached, one for the whole prompt among them. Of more, the last
// ones count: they reach furthest.
// https://docs.claude.com/en/docs/build-with-claude/prompt-caching

import { isList, isObject } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { LossNotes } from '../../../losses/index.ts'

const mostMarks = 4

/** @param body a written request */
export function withFewMarks(body: JsonObject, notes: LossNotes): JsonObject {
  let marks = 0
  const { tools, system, messages } = body
  for (const part of [tools, system, messages])
    eachBlock(part, (block) => ((marks += isMarked(block) ? 1 : 0), block))
  let tooMany = marks + (isMarked(body) ? 1 : 0) - mostMarks
  if (tooMany <= 0) return body
  notes.drop('cache')
  const strip = (block: JsonObject): JsonObject => {
    if (!isMarked(block) || tooMany-- <= 0) return block
    const { cache_control: _mark, ...rest } = block
    return rest
  }
  const stripped = Object.entries({ tools, system, messages }).map(
    ([name, part]) => [name, eachBlock(part, strip)] as const,
  )
  return {
    ...body,
    ...Object.fromEntries(stripped.filter((entry): entry is [string, Json] => entry[1] !== undefined)),
  }
}

const isMarked = (block: JsonObject) => block['cache_control'] !== undefined

/** Tools, blocks, and what stands inside of messages and results, in the order of the prompt. */
function eachBlock(part: Json | undefined, change: (block: JsonObject) => JsonObject): Json | undefined {
  if (!isList(part)) return part
  return part.map((block): Json => {
    if (!isObject(block)) return block
    const { content } = block
    return change(isList(content) ? { ...block, content: eachBlock(content, change) ?? content } : block)
  })
}
