// Counting tokens (`:countTokens`): a call that costs nothing, governed like any other because content leaves with it.
// A target that speaks the dialect counts itself. For others nobody can: the answer is our estimate and says so in `x-gatehouse-estimated`.

import { GatewayError } from '../../../../contract/errors.ts'
import type { Operation } from '../../../../contract/operation.ts'
import type { Edit } from '../../../../contract/content.ts'
import type { Attempt, Reply } from '../../../../contract/traffic.ts'
import { readAnswer } from '../../wire/answer.ts'
import type { AnswerDialect } from '../../wire/facts.ts'
import { onePiece } from '../../wire/one-piece.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import type { Address } from './address.ts'
import { answer } from './answer.ts'
import { demandOf } from './demand.ts'
import { generating } from './operation.ts'
import { outgoing } from './outgoing.ts'
import { title } from './title.ts'
import type { GeminiView } from './view.ts'

/** @throws GatewayError `bad-request` */
export const countOperation = (body: Uint8Array, address: Address, options: OperationOptions): Operation =>
  new CountOperation(jsonOperation(body, counting(address), options))

/** Counts are no money. */
const free = { inputTokens: 0, outputTokens: 0 }

const counts: AnswerDialect = {
  ...answer,
  title: 'a count of tokens',
  read(data) {
    const facts = answer.read(data)
    return facts.fault ? facts : readAnswer(data, title, (document) => ({ document, groups: [], usage: free }))
  },
  missing: ({ document }) => (document.members.get('totalTokens')?.kind === 'number' ? undefined : 'no "totalTokens"'),
}

const counting = (address: Address): OperationDialect<GeminiView> => ({
  ...generating(address),
  answer: counts,
  demand: (view, read) => ({
    ...free,
    choices: 1,
    mayHoldAudio: false,
    hasUnboundedFees: false,
    // nothing is used; what is told here is the estimate for targets that cannot count
    typicalTokens: 0,
    typicalInputTokens: demandOf(view, read).typicalInputTokens,
  }),
  outgoing: (view, target) => outgoing(view, { ...target, outputCap: undefined }),
})

class CountOperation implements Operation {
  readonly kind = 'model.generate'
  readonly direction = 'forward'
  readonly dialect: string
  readonly resource: Operation['resource']
  readonly isStreaming = false
  readonly bytes: number
  private readonly inner: Operation

  constructor(inner: Operation) {
    this.inner = inner
    this.dialect = inner.dialect
    this.resource = inner.resource
    this.bytes = inner.bytes
  }

  get facts() {
    return this.inner.facts
  }

  content() {
    return this.inner.content()
  }

  edit(edits: readonly Edit[]): Operation {
    return new CountOperation(this.inner.edit(edits))
  }

  demand(target: string) {
    return { ...this.inner.demand(target), typicalInputTokens: 0 }
  }

  async attempt(attempt: Attempt): Promise<Reply> {
    try {
      return await this.inner.attempt(attempt)
    } catch (thrown) {
      if (thrown instanceof GatewayError && thrown.code === 'unsupported') return estimate(this.inner.demand(attempt.target.id).typicalInputTokens)
      throw thrown
    }
  }
}

function estimate(tokens: number): Reply {
  const bytes = JSON.stringify({ totalTokens: tokens })
  return {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['x-gatehouse-estimated', 'true'],
    ],
    losses: [],
    ...onePiece({ bytes, pieces: [], edit: () => ({ bytes, pieces: [], ...plain }), usage: free, ...plain }),
  }
}

const plain = { hasOutput: false, outputLength: 0, isTerminal: true }
