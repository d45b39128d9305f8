// What Bun's fetch throws, in our words. Bun quotes the whole URL in its messages, query and all: only its code is kept.

import { type ErrorCode, GatewayError } from '../contract/errors.ts'

export type Stage = 'before-headers' | 'in-body'

/**
 * Codes that come before a byte of the request has left. `upstream-unreachable` means just that, and money relies on it;
 * whatever is not in this table counts as sent.
 */
const neverSent =
  /^(ECONNREFUSED|ConnectionRefused|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|FailedToOpenSocket|CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA)$/

const notHttp =
  /^(Malformed_HTTP_Response|Invalid\w+|ZlibError|\w+DecompressionError|HTTPHeadersOversized|ResponseHeadersTooLarge|UnrequestedUpgrade)$/

const timedOut = /^(ETIMEDOUT|ConnectionTimeout|Timeout)$/

/** @param who `provider "openai"` @param where its origin, for the log */
export function failure(thrown: unknown, who: string, where: string, stage: Stage): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const code = codeOf(thrown)
  const cause = new Error(`${code} at ${where}`)
  const kind = kindOf(code, stage)
  return new GatewayError(kind, wording[kind](who, code, stage), { cause })
}

type Kind = Extract<ErrorCode, 'upstream-unreachable' | 'upstream-garbage' | 'upstream-timeout' | 'upstream-cut'>

function kindOf(code: string, stage: Stage): Kind {
  if (stage === 'before-headers' && neverSent.test(code)) return 'upstream-unreachable'
  if (notHttp.test(code)) return 'upstream-garbage'
  if (timedOut.test(code)) return 'upstream-timeout'
  return 'upstream-cut'
}

const wording: Record<Kind, (who: string, code: string, stage: Stage) => string> = {
  'upstream-unreachable': (who, code) => `${who} cannot be reached (${code}); check its url and certificate, and that it runs`,
  'upstream-garbage': (who, code, stage) =>
    `${who} sent ${stage === 'in-body' ? 'a body that cannot be decoded' : 'something that is not HTTP'} (${code})`,
  'upstream-timeout': (who, code) => `${who} did not answer in time (${code})`,
  'upstream-cut': (who, code, stage) =>
    `${who} closed the connection ${stage === 'in-body' ? 'before its answer was complete' : 'without an answer'} (${code})`,
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return 'unknown'
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  return 'name' in thrown && typeof thrown.name === 'string' ? thrown.name : 'unknown'
}
