// The items of a kept response, read when somebody refers to them.

import { isList, isObject } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../canonical/index.ts'
import type { KeptResponse } from './kept.ts'

/** What the request said, the whole conversation before it included. */
export function itemsOf({ request }: KeptResponse): readonly Json[] {
  const input = parsed(Buffer.from(request).toString('utf8'))['input']
  if (typeof input === 'string') return [{ role: 'user', content: input }]
  return isList(input) ? input : []
}

export function outputOf({ response }: KeptResponse): readonly Json[] {
  const output = parsed(response)['output']
  return isList(output) ? output : []
}

function parsed(text: string): JsonObject {
  const value: Json = JSON.parse(text)
  return isObject(value) ? value : {}
}
