// Marks of what may be cached, both ways. https://docs.claude.com/en/docs/build-with-claude/prompt-caching

import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import { told } from '../../../canonical/index.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { CacheMark } from '../../../canonical/index.ts'
import { objectFields, optional, optionalWord } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'

/** @param path of what is marked; empty: the request. @throws GatewayError `bad-request` */
export function cacheOf(document: JsonDocument, fields: Fields, path: string): CacheMark | undefined {
  const at = path === '' ? 'cache_control' : `${path}.cache_control`
  const span = optional(fields, 'cache_control', 'object', at)
  if (!span) return undefined
  return told({
    ttl: optionalWord(document, objectFields(document, span, at), 'ttl', ['5m', '1h'], `${at}.ttl`),
  })
}

export function writtenCache(cache: CacheMark | undefined): JsonObject | undefined {
  return cache && { type: 'ephemeral', ...told({ ttl: cache.ttl }) }
}
