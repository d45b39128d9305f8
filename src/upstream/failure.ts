// Describes the failures of connections, servers and Bun. Messages quote only codes, because the original messages
// may contain private data.

import { type ErrorCode, GatewayError } from '../contract/errors.ts'
import { NotHttp } from './http/not-http.ts'

/** `before-request` means that no byte of the request has left. */
export type Stage = 'before-request' | 'before-headers' | 'in-body'

const timedOut = /^(ETIMEDOUT|ConnectionTimeout|Timeout)$/

/**
 * @param who `provider "openai"`
 * @param where its origin, for the log
 */
export function toUpstreamError(thrown: unknown, who: string, where: string, stage: Stage): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const code = codeOf(thrown)
  const cause = new Error(`${code} at ${where}`)
  const kind = kindOf(thrown, code, stage)
  return new GatewayError(kind, messages[kind](who, code, stage), { cause })
}

type Kind = Extract<
  ErrorCode,
  'upstream-unreachable' | 'upstream-garbage' | 'upstream-timeout' | 'upstream-cut'
>

/** `upstream-unreachable` means that nothing was sent, and money relies on it. */
function kindOf(thrown: unknown, code: string, stage: Stage): Kind {
  if (timedOut.test(code)) return 'upstream-timeout'
  if (stage === 'before-request') return 'upstream-unreachable'
  return thrown instanceof NotHttp ? 'upstream-garbage' : 'upstream-cut'
}

const messages: Record<Kind, (who: string, code: string, stage: Stage) => string> = {
  'upstream-unreachable': (who, code) =>
    `${who} cannot be reached (${code}); check its url and certificate, and that it runs`,
  'upstream-garbage': (who, code, stage) =>
    `${who} sent ${stage === 'in-body' ? 'a body that cannot be decoded' : 'something that is not HTTP'} (${code})`,
  'upstream-timeout': (who, code) => `${who} did not respond in time (${code})`,
  'upstream-cut': (who, code, stage) =>
    `${who} closed the connection ${stage === 'in-body' ? 'before its response was complete' : 'without a response'} (${code})`,
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return 'unknown'
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  return 'name' in thrown && typeof thrown.name === 'string' ? thrown.name : 'unknown'
}
