// Cache marks in both directions. https://docs.claude.com/en/docs/build-with-claude/prompt-caching

import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type { JsonObject, Json } from '../../../../../kit/json.ts'
import type { CacheMark } from '../../../canonical/index.ts'
import { objectFields, optional, optionalWord } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { isList, isObject } from '../../../../../kit/json.ts'
import type { LossNotes } from '../../../losses/index.ts'

/** @param path of the marked value; empty for the request. @throws GatewayError `bad-request` */
export function cacheOf(document: JsonDocument, fields: Fields, path: string): CacheMark | undefined {
  const at = path === '' ? 'cache_control' : `${path}.cache_control`
  const span = optional(fields, 'cache_control', 'object', at)
  if (!span) return undefined
  return omitUndefined({
    ttl: optionalWord(document, objectFields(document, span, at), 'ttl', ['5m', '1h'], `${at}.ttl`),
  })
}

export function writeCache(cache: CacheMark | undefined): JsonObject | undefined {
  return cache && { type: 'ephemeral', ...omitUndefined({ ttl: cache.ttl }) }
}

const mostMarks = 4

/**
 * Anthropic accepts four marks, including the one for the whole prompt. Of more marks, the last four are
 * kept, because they cover the longest prefixes.
 * @param body a written request
 */
export function limitCacheMarks(body: JsonObject, notes: LossNotes): JsonObject {
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

/** Tools, blocks, and the blocks in messages and results, in the order of the prompt. */
function eachBlock(part: Json | undefined, change: (block: JsonObject) => JsonObject): Json | undefined {
  if (!isList(part)) return part
  return part.map((block): Json => {
    if (!isObject(block)) return block
    const { content } = block
    return change(isList(content) ? { ...block, content: eachBlock(content, change) ?? content } : block)
  })
}
