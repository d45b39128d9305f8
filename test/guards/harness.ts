// Inspection as the pipeline uses it, with a fake exchange.

import type { Piece } from '../../src/contract/content.ts'
import type { Operation } from '../../src/contract/operation.ts'
import type { GuardRule, PolicyRule, RestorePlace } from '../../src/contract/snapshot.ts'
import type { ResponsePiece } from '../../src/contract/response.ts'
import { newRun } from '../../src/contract/run.ts'
import type { Inspected, Situation } from '../../src/gateway/exchange.ts'
import {
  type GuardKind,
  type Inspector,
  guardKinds,
  createInspector,
} from '../../src/gateway/inspect/index.ts'
import { type FakeClock, createFakeClock } from '../../src/kit/fake-clock.ts'
import { edited, replyOf } from './reply.ts'

export const subject = { key: 'ci', team: 'research', teamPath: ['research'], tags: {}, claims: {} }

export const situation: Situation = { subject, address: '203.0.113.9', run: newRun(0), traits: () => [] }

export const guard = (action: GuardRule['action'], rule: Partial<GuardRule> = {}): GuardRule => ({
  name: 'personal-data',
  kind: 'pii',
  on: ['request', 'response'],
  action,
  onError: 'closed',
  timeoutMs: 1000,
  options: {},
  ...rule,
})

export interface Bench {
  inspector: Inspector
  clock: FakeClock
  notes: Parameters<Inspector['guardResponse']>[2]
  /**
   * Pulls a guarded response to its end. Rejects with its error; `released` has the events before the error.
   */
  pull(pieces: readonly ResponsePiece[], inspected?: Inspected): Promise<ResponsePiece[]>
  released: ResponsePiece[]
}

export function bench(
  rules: GuardRule[],
  policies: PolicyRule[] = [],
  kinds: readonly GuardKind[] = guardKinds,
  heldBytes?: number,
): Bench {
  const clock = createFakeClock()
  const made = createInspector({
    snapshot: { guards: rules, policies },
    clock,
    kinds,
    ...(heldBytes === undefined ? {} : { heldBytes }),
  })
  const exchange = {
    id: 'x',
    run: 'run_x',
    caller: { subject },
    opening: { peer: { address: '203.0.113.9' } },
  }
  const self: Bench = {
    inspector: made,
    clock,
    notes: { exchange, findings: undefined, policies: undefined, isRedacted: false },
    released: [],
    async pull(pieces, inspected = nothingInspected()) {
      self.released = []
      const source = made.guardResponse(replyOf(pieces), inspected, self.notes)
      for (let piece = await source.next(); piece; piece = await source.next()) self.released.push(piece)
      return self.released
    },
  }
  return self
}

/** @param vault placeholders with their values, restored everywhere by default */
export const nothingInspected = (
  vault: ReadonlyMap<string, string> = new Map(),
  restoreIn: readonly RestorePlace[] = ['arguments', 'urls'],
): Inspected => ({
  operation: operationOf({}),
  decision: { applied: [], only: [], redact: [], restore: [] },
  findings: [],
  situation,
  vault: new Map(
    [...vault].map(([placeholder, value]) => [placeholder, { value, rule: 'hides', restoreIn }]),
  ),
})

/** An operation with these texts by channel. Channels that end in `arguments` contain JSON text. */
export function operationOf(texts: Record<string, string>): Operation & { texts: Record<string, string> } {
  const pieces = Object.entries(texts).map(
    ([channel, text]): Piece => ({
      channel,
      kind: 'text',
      text,
      form: 'whole',
      escaping: channel.endsWith('arguments') ? 'json-text' : 'none',
    }),
  )
  return {
    texts,
    kind: 'model.generate',
    direction: 'forward',
    resource: { kind: 'model', name: 'fast' },
    dialect: 'openai-chat',
    isStreaming: true,
    repeat: 'any',
    facts: { tools: [], media: [] },
    bytes: 100,
    content: () => ({ pieces, media: [] }),
    edit: (edits) =>
      operationOf(
        Object.fromEntries(
          Object.entries(texts).map(([channel, text]) => [channel, edited(text, edits, channel)]),
        ),
      ),
    demand: () => ({
      inputTokens: 1,
      typicalInputTokens: 1,
      outputTokens: 1,
      hasUnboundedFees: false,
      typicalTokens: 2,
    }),
    attempt: () => Promise.reject(new Error('not attempted here')),
  }
}

export const textsOfOperation = (operation: Operation): Record<string, string> =>
  Object.fromEntries(operation.content().pieces.map((piece) => [piece.channel, piece.text]))
