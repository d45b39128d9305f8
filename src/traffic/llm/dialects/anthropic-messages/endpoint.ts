// POST /v1/messages and /v1/messages/count_tokens.

import type { Endpoint } from '../../../../contract/endpoint.ts'
import type { Gate } from '../../../../contract/gate.ts'
import { createJsonEndpoint } from '../../../wire/json-endpoint.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { dialect, messagesOperation, countOperation } from './operation.ts'
import { writeBrokenStream, writeError } from './errors.ts'
import { bearerOf } from '../../../wire/bearer.ts'
import { countPath, messagesPath } from './request/forward.ts'

export interface MessagesDoorOptions {
  gate: Gate
  /** Read for each call, because the configuration may change. */
  options: () => OperationOptions
}

export function messagesDoors({ gate, options }: MessagesDoorOptions): Endpoint[] {
  // Claude Code’s: https://code.claude.com/docs/en/llm-gateway-protocol
  const sessionHeader = 'x-claude-code-session-id'
  const common = {
    gate,
    credential: keyOf,
    sendAs,
    dialect,
    kind: 'model.generate',
    sessionHeader,
    limits: options,
    writeError,
    writeBrokenStream,
  } as const
  return [
    createJsonEndpoint({
      ...common,
      path: messagesPath,
      operation: (body, { request: { headers } }) => messagesOperation(body, { ...options(), headers }),
    }),
    createJsonEndpoint({
      ...common,
      path: countPath,
      operation: (body, { request: { headers } }) => countOperation(body, { ...options(), headers }),
    }),
  ]
}

/** Explains how to send a key, for the refusal of a request without one. */
export const sendAs = '"x-api-key: <key>" or "Authorization: Bearer <key>"'

/** The caller's key: `x-api-key`, or a bearer as with Anthropic's own tokens. */
export function keyOf(request: Request): string | undefined {
  const key = request.headers.get('x-api-key')?.trim()
  return key ? key : bearerOf(request)
}
