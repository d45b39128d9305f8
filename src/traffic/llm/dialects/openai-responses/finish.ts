// Maps OpenAI's status, and the reason of incomplete responses, to our names.

import type { Finish } from '../../../../contract/usage.ts'
import type { Json } from '../../../../kit/json.ts'
import { unknownFinish } from '../../wire/finish.ts'

const unified: Readonly<Record<string, Finish['unified']>> = {
  completed: 'stop',
  max_output_tokens: 'length',
  max_tokens: 'length',
  content_filter: 'content-filter',
  failed: 'error',
  cancelled: 'error',
}

/**
 * @param raw the reason of an incomplete response, or the status. @param callsTools does the response call
 * tools of the client?
 */
export function readFinish(raw: string, callsTools: boolean): Finish {
  if (raw === 'completed' && callsTools) return { unified: 'tool-calls', raw }
  return { unified: (Object.hasOwn(unified, raw) ? unified[raw] : undefined) ?? unknownFinish(raw), raw }
}

/** How the response ended. https://platform.openai.com/docs/api-reference/responses/object */
export function writeFinish({ unified }: Finish): { status: string; incomplete_details: Json; error: Json } {
  if (unified === 'length')
    return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, error: null }
  if (unified === 'content-filter')
    return { status: 'incomplete', incomplete_details: { reason: 'content_filter' }, error: null }
  if (unified === 'error')
    return {
      status: 'failed',
      incomplete_details: null,
      error: { code: 'server_error', message: 'The provider broke the answer off.' },
    }
  return { status: 'completed', incomplete_details: null, error: null }
}
