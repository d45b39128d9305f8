// Finish reasons that are not in any table. Vendors invent them for failures, and relays pass on those of
// other vendors (`function_call_filter: MALFORMED_FUNCTION_CALL` of Google's OpenAI-compatible endpoint).

import type { Finish } from '../../../contract/usage.ts'

const failed = /malformed|\berror|_error|fail|abort|cancel|time_?out|unexpected_tool/i
const filtered = /content_filter|safety|recitation|prohibited|blocklist/i

export function unknownFinish(raw: string): Finish['unified'] {
  if (failed.test(raw)) return 'error'
  return filtered.test(raw) ? 'content-filter' : 'other'
}
