// A page of the items of a request in OpenAI's form: with ids, and with messages as parts.
// https://platform.openai.com/docs/api-reference/responses/input-items

import { GatewayError } from '../../../../../contract/errors.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import { inputOf, parsed } from './kept-response.ts'
import type { KeptResponse } from './kept-response.ts'

type Item = JsonObject & { id: string }

/** @throws GatewayError `bad-request` */
export function inputPage(response: KeptResponse, query: URLSearchParams): object {
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc')
    throw new GatewayError('bad-request', '"order" must be asc or desc', { param: 'order' })
  const given = query.get('limit') ?? '20'
  const limit = /^\d{1,3}$/.test(given) ? Number(given) : 0
  if (limit < 1 || limit > 100)
    throw new GatewayError('bad-request', '"limit" must be a whole number from 1 to 100', { param: 'limit' })
  const items = listed(response)
  const ordered = order === 'asc' ? items : items.toReversed()
  const from = behind(ordered, query.get('after'))
  const data = ordered.slice(from, from + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + limit < ordered.length,
  }
}

function behind(items: readonly Item[], after: string | null): number {
  if (after === null) return 0
  const index = items.findIndex(({ id }) => id === after)
  if (index >= 0) return index + 1
  throw new GatewayError('bad-request', '"after" is not the id of an item of this response', {
    param: 'after',
  })
}

/** An item without an id gets one from its index: the list of one response never changes. */
function listed(response: KeptResponse): Item[] {
  return inputOf(response).map((text, index) => {
    const item = parsed(text)
    return {
      ...item,
      id: typeof item['id'] === 'string' ? item['id'] : `item_${index}`,
      type: item['type'] ?? 'message',
      ...(typeof item['content'] === 'string'
        ? { content: [{ type: partOf(item['role']), text: item['content'] }] }
        : {}),
    }
  })
}

const partOf = (role: Json | undefined) => (role === 'assistant' ? 'output_text' : 'input_text')
