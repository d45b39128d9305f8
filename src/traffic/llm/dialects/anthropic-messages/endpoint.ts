// POST /v1/messages and /v1/messages/count_tokens.

import type { Door, Gate } from '../../../../contract/door.ts'
import { jsonDoor } from '../../../wire/door.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { countOperation } from './count-operation.ts'
import { keyOf, sendAs } from './credential.ts'
import { dialect, messagesOperation } from './operation.ts'
import { countPath, messagesPath } from './paths.ts'
import { wordBrokenStream, wordError } from './wording.ts'

export interface MessagesDoorOptions {
  gate: Gate
  /** Read anew for each call: the configuration may change. */
  options: () => OperationOptions
}

export function messagesDoors({ gate, options }: MessagesDoorOptions): Door[] {
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
    wordError,
    wordBrokenStream,
  } as const
  return [
    jsonDoor({
      ...common,
      path: messagesPath,
      operation: (body, { request: { headers } }) => messagesOperation(body, { ...options(), headers }),
    }),
    jsonDoor({
      ...common,
      path: countPath,
      operation: (body, { request: { headers } }) => countOperation(body, { ...options(), headers }),
    }),
  ]
}
