// Why an answer ended, in our words beside OpenAI's: a status, and for incomplete answers a reason.

import type { Finish } from '../../../../contract/usage.ts'
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
 * @param raw reason of an incomplete answer, or the status. @param callsTools is the client asked to run a
 * tool?
 */
export function finishOf(raw: string, callsTools: boolean): Finish {
  if (raw === 'completed' && callsTools) return { unified: 'tool-calls', raw }
  return { unified: (Object.hasOwn(unified, raw) ? unified[raw] : undefined) ?? unknownFinish(raw), raw }
}
