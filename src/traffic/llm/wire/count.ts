// Counting tokens is free, but it is governed like any other call because content leaves with it. A target
// that speaks the dialect counts the tokens itself. For other targets, the response is our estimate, marked
// with `x-gatehouse-estimated`. A dialect defines the member that holds its counts.

import type { Edit } from '../../../contract/content.ts'
import { GatewayError } from '../../../contract/errors.ts'
import type { Operation } from '../../../contract/operation.ts'
import type { Attempt } from '../../../contract/attempt.ts'
import type { AttemptResponse } from '../../../contract/response.ts'
import type { Demand } from '../../../contract/usage.ts'
import { readResponseJson } from '../../wire/response-json.ts'
import type { ResponseDialect } from '../../wire/facts.ts'
import { onePiece } from '../../wire/one-piece.ts'

/** Counting is free. */
const free = { inputTokens: 0, outputTokens: 0 }

/** @param dialect the dialect that writes the errors */
export function countDialect(dialect: ResponseDialect, member: string): ResponseDialect {
  return {
    ...dialect,
    title: 'a count of tokens',
    read(data) {
      const facts = dialect.read(data)
      return facts.fault
        ? facts
        : readResponseJson(data, dialect.title, (document) => ({ document, groups: [], usage: free }))
    },
    missing: ({ document }) =>
      document.members.get(member)?.kind === 'number' ? undefined : `no "${member}"`,
  }
}

/** The call uses no tokens. The typical count is the estimate for targets that cannot count. */
export const countDemand = (typicalInputTokens: number): Demand => ({
  ...free,
  choices: 1,
  mayHoldAudio: false,
  hasUnboundedFees: false,
  typicalTokens: 0,
  typicalInputTokens,
})

export class CountOperation implements Operation {
  readonly kind = 'model.generate'
  readonly direction = 'forward'
  readonly dialect: string
  readonly resource: Operation['resource']
  readonly isStreaming = false
  readonly repeat = 'any'
  readonly bytes: number
  readonly readAhead?: NonNullable<Operation['readAhead']>
  readonly editLong?: NonNullable<Operation['editLong']>
  private readonly inner: Operation
  private readonly member: string
  private readonly beside: object

  /** @param beside the other members of the dialect's response */
  constructor(inner: Operation, member: string, beside: object = {}) {
    this.inner = inner
    this.member = member
    this.beside = beside
    this.dialect = inner.dialect
    this.resource = inner.resource
    this.bytes = inner.bytes
    const { readAhead, editLong } = inner
    if (readAhead) this.readAhead = readAhead
    if (editLong)
      this.editLong = async (edits, pause) => new CountOperation(await editLong(edits, pause), member, beside)
  }

  get facts() {
    return this.inner.facts
  }

  content() {
    return this.inner.content()
  }

  edit(edits: readonly Edit[]): Operation {
    return new CountOperation(this.inner.edit(edits), this.member, this.beside)
  }

  demand(target: string) {
    return { ...this.inner.demand(target), typicalInputTokens: 0 }
  }

  references(target: string) {
    return this.inner.references?.(target) ?? []
  }

  async attempt(attempt: Attempt): Promise<AttemptResponse> {
    try {
      return await this.inner.attempt(attempt)
    } catch (thrown) {
      if (!(thrown instanceof GatewayError) || thrown.code !== 'unsupported') throw thrown
      return estimate({
        ...this.beside,
        [this.member]: this.inner.demand(attempt.target.id).typicalInputTokens,
      })
    }
  }
}

function estimate(said: object): AttemptResponse {
  const bytes = JSON.stringify(said)
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
