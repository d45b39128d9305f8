// Errors in Anthropic's words. https://docs.claude.com/en/api/errors

import type { UpstreamFault } from '../../../../contract/response.ts'

export interface WordedFault {
  status: number
  type: string
}

const byKind: Readonly<Record<UpstreamFault['kind'], WordedFault>> = {
  'rate-limit': { status: 429, type: 'rate_limit_error' },
  overloaded: { status: 529, type: 'overloaded_error' },
  server: { status: 500, type: 'api_error' },
  credential: { status: 401, type: 'authentication_error' },
  quota: { status: 402, type: 'billing_error' },
  'context-window': { status: 400, type: 'invalid_request_error' },
  'content-policy': { status: 400, type: 'invalid_request_error' },
  'not-found': { status: 404, type: 'not_found_error' },
  'bad-request': { status: 400, type: 'invalid_request_error' },
}

/** How Anthropic would word another vendor's trouble. */
export function wordedFault({ kind, status }: UpstreamFault): WordedFault {
  if (kind === 'credential' && status === 403) return { status, type: 'permission_error' }
  if (kind === 'server' && status > 500)
    return { status, type: status === 504 ? 'timeout_error' : 'api_error' }
  return byKind[kind]
}
