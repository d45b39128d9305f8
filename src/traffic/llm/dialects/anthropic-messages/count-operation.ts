// Counting tokens (POST /v1/messages/count_tokens). https://docs.claude.com/en/api/messages-count-tokens

import type { Operation } from '../../../../contract/operation.ts'
import { countAnswer, countDemand, CountOperation } from '../../wire/count.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import { answer } from './response/view.ts'
import { typicalInput } from './request/demand.ts'
import { messages } from './operation.ts'
import { outgoing } from './request/forward.ts'
import { countPath } from './paths.ts'
import { viewMessages } from './request/view.ts'
import type { MessagesView } from './request/view.ts'

const member = 'input_tokens'

/** @throws GatewayError `bad-request` */
export const countOperation = (body: Uint8Array, options: OperationOptions): Operation =>
  new CountOperation(jsonOperation(body, counting, options), member)

const counting: OperationDialect<MessagesView> = {
  ...messages,
  answer: countAnswer(answer, member),
  // a member that the path does not have is refused there
  view: (body, limits) => ({ ...viewMessages(body, limits), isStreaming: false }),
  demand: (view, read) => countDemand(typicalInput(view.document.bytes.length, read().media)),
  outgoing: (view, target) => ({ ...outgoing(view, { ...target, outputCap: undefined }), path: countPath }),
}
