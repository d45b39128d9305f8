// Prepares a snapshot's guards and policies, and reads requests and responses with them.
//
// A guard's `restore` hides a value from the provider: the request has a placeholder, and the response gets
// the original back in texts for people and in the places of `restoreIn`. In the response itself there is
// nothing to hide, so `restore` only reports its matches there; `redact` masks them.

import type { Finding, PieceKind } from '../../contract/content.ts'
import type { DecisionInput, ReplayedPolicy } from '../../contract/decide.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Operation } from '../../contract/operation.ts'
import type { GuardRule, Phase, Snapshot } from '../../contract/snapshot.ts'
import type { ResponsePiece } from '../../contract/response.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Pull } from '../../kit/pull.ts'
import { turnEnd } from '../../kit/turn.ts'
import type { Inspected, Situation } from '../exchange.ts'
import type { GuardKind, Match } from './guard.ts'
import { guardKinds } from './guards/index.ts'
import { type Notes, notePolicy } from './notes.ts'
import { policyFacts } from './policy-facts.ts'
import {
  createDecider,
  type JudgedCall,
  PolicyJudge,
  type PolicyJudgment,
  type PolicyReason,
  preparePolicies,
  recordedFacts,
  replay,
} from './policies/index.ts'
import { type ReadOptions, type ReadyGuard, readText } from './read.ts'
import { placeholderIn, createRestorer } from './placeholders.ts'
import { inspectRequest } from './request.ts'
import { RunPlaceholders } from './run-placeholders.ts'
import { RulesByTraffic, type Traffic } from './scope.ts'
import { type Pacing, readInSlices, sliceLength } from './slices.ts'
import { restoreModeOf } from './tool-values.ts'
import { noteDecision, createResponseJudge } from './verdict.ts'
import type { Watcher } from './window-channel.ts'
import { ResponseWindow } from './window.ts'

export interface Inspector {
  /** Is there anything to do for requests of such traffic? If not, `inspectRequest` is unnecessary. */
  needsRequest(traffic: Traffic): boolean
  /** Is there anything to do for responses of such traffic, apart from vaults? */
  needsResponse(traffic: Traffic): boolean
  /**
   * Runs guards, then policies, then redaction, and then guards and policies once more. Returns a promise if
   * a guard is remote, and for long texts, which are read in slices.
   * @param notes receives the findings and effects, even if the call is refused
   * @param check called between two slices; throws if the call was stopped
   * @throws GatewayError `guard-blocked`, `policy-denied`, `guard-failed`, `policy-unstable`,
   * `placeholder-in-arguments` (or rejects with it)
   */
  inspectRequest(
    operation: Operation,
    situation: Situation,
    notes: Notes,
    check?: () => void,
  ): Inspected | Promise<Inspected>
  /**
   * The response after the window. Use it if `needsReply` is true or the vault is not empty; the response
   * must then have depth `content`. An error response of the provider without content passes unchanged if its
   * pieces declare it (`hasOutput: false`).
   */
  guardResponse(response: Pull<ResponsePiece>, inspected: Inspected, notes: Notes): Pull<ResponsePiece>
  /** The findings of a phase's guards in one text, for policy tests. Rejects if a guard fails. */
  detect(text: string, phase: Phase, traffic?: Traffic): Promise<readonly Finding[]>
  /** The decision of policies about a resource before there is a call, for lists. */
  judge(call: JudgedCall): PolicyJudgment
  /** The policies that affect this decision. */
  reasons(call: JudgedCall): readonly PolicyReason[]
  /** The effect of each policy on a recorded exchange, in order of strictness. */
  replay(record: ExchangeRecord, phase: Phase): readonly ReplayedPolicy[]
}

export interface InspectorOptions {
  snapshot: Pick<Snapshot, 'guards' | 'policies'>
  clock: Clock
  kinds?: readonly GuardKind[]
  /** The most bytes of a response that may wait for judgment. */
  heldBytes?: number
  /**
   * The placeholders of earlier calls, including those under earlier rules. Absent: only those of this
   * inspector.
   */
  placeholders?: RunPlaceholders
  /** Called between two slices of a long text. */
  nextTurn?: () => Promise<void>
}

/**
 * @throws Error when a guard's kind is unknown or its options are wrong (the compiler of configurations has
 * checked both)
 */
export function createInspector({
  snapshot,
  clock,
  kinds = guardKinds,
  heldBytes = 256 * 1024,
  placeholders = new RunPlaceholders(),
  nextTurn = turnEnd,
}: InspectorOptions): Inspector {
  const guards = snapshot.guards.map((rule): ReadyGuard => {
    const kind = kinds.find((candidate) => candidate.kind === rule.kind)
    if (!kind)
      throw new Error(
        `guard "${rule.name}" is of the unknown kind "${rule.kind}"; this build has ${kinds.map((known) => known.kind).join(', ')}`,
      )
    return { rule, detector: kind.create(rule.options) }
  })
  const readers = new RulesByTraffic(guards, ({ rule }) => rule)
  const ready = preparePolicies(snapshot.policies)
  const policies = createDecider(ready)
  const judge = new PolicyJudge(ready)
  const inputOf = (
    { subject, address, run, traits }: Situation,
    phase: Phase,
    operation: Operation,
  ): DecisionInput => ({
    phase,
    subject,
    operation,
    traits,
    run,
    findings: [],
    address,
    at: clock.now(),
  })

  return {
    needsRequest: (traffic) =>
      readers.of('request', traffic).length > 0 ||
      policies.has('request', traffic) ||
      mayActOnPlaceholders(traffic),
    needsResponse: (traffic) =>
      readers.of('response', traffic).length > 0 || policies.has('response', traffic),

    inspectRequest(operation, situation, notes, check) {
      const input = inputOf(situation, 'request', operation)
      if (policies.has('request', operation)) notes.facts = policyFacts(input)
      const requestGuards = readers.of('request', operation)
      // a call that is refused for any content is not read
      if (requestGuards.length > 0) {
        const early = policies.decideWithoutContent(input)
        if (early.denied) noteDecision(notes, early)
      }
      const run = notes.exchange && isShared(notes.exchange) ? notes.exchange.run : undefined
      const earlier =
        run !== undefined && mayActOnPlaceholders(operation) ? placeholders.of(run) : noPlaceholders
      return inspectRequest(operation, {
        guards: requestGuards,
        readsContent: requestGuards.length > 0 || earlier.size > 0,
        decide: (findings, current) => policies.decide({ ...input, operation: current, findings }),
        notes,
        situation,
        clock,
        flag: (guard) => notePolicy(notes, guard, 'flag'),
        async pause() {
          await nextTurn()
          check?.()
        },
        join: (hidden) => (run === undefined ? hidden : placeholders.join(run, hidden)),
        ...(earlier.size > 0 && { placeholderIn: (text: string) => placeholderIn(text, earlier) }),
      })
    },

    guardResponse(response, { operation, situation, vault }, notes) {
      const responseGuards = readers.of('response', operation)
      const mediaRefusing = responseGuards.find(({ rule }) => rule.onError === 'closed')
      const input = inputOf(situation, 'response', operation)
      const decide = (findings: readonly Finding[]) =>
        policies.decide({ ...input, at: clock.now(), findings })
      const judging = createResponseJudge(
        operation,
        notes,
        policies.readsContent('response', operation) ? decide : undefined,
      )
      const options = { clock, flag: (guard: string) => notePolicy(notes, guard, 'flag'), pause: nextTurn }
      const watchers = responseGuards.map(
        (guard): Watcher => ({
          detector: guard.detector,
          find: (text, kind, from, folded) =>
            text.length - from > sliceLength
              ? findInSlices(guard, text, kind, from, options)
              : readText(guard, text, kind, from, options, folded),
          judge: (match, channel) => judging.judge(guard.rule, match, channel),
        }),
      )
      if (vault.size > 0) watchers.push(createRestorer(vault))
      const readable = mediaRefusing ? refuseMedia(response, mediaRefusing.rule) : response
      const source = policies.has('response', operation)
        ? judgeFirst(readable, () => noteDecision(notes, decide([])))
        : readable
      return watchers.length > 0
        ? new ResponseWindow(source, { watchers, heldBytes, onEdited: () => void (notes.isRedacted = true) })
        : source
    },

    judge: (call) => judge.judge(call),
    reasons: (call) => judge.reasons(call),
    replay(record, phase) {
      const facts = recordedFacts(record, phase)
      return facts ? replay(ready, facts) : []
    },

    async detect(text, phase, traffic = aModel) {
      const found: Finding[] = []
      for (const guard of readers.of(phase, traffic)) {
        for (const match of await readText(guard, text, 'text', 0, { clock, flag: () => {} })) {
          found.push({
            guard: guard.rule.name,
            label: match.label,
            channel: 'text',
            start: match.start,
            end: match.end,
          })
        }
      }
      return found
    },
  }
}

const noPlaceholders: ReadonlyMap<string, string> = new Map()
const aModel: Traffic = { direction: 'forward', resource: { kind: 'model', name: '' } }

/** A tool must not be called with a placeholder, even if no guard reads its calls. */
const mayActOnPlaceholders = (traffic: Traffic) =>
  restoreModeOf(traffic, 'request', { kind: 'tool-arguments' }) === 'acts'

/** A long text of a response, for example of a whole response. */
async function findInSlices(
  guard: ReadyGuard,
  text: string,
  kind: PieceKind,
  from: number,
  options: ReadOptions & Pacing,
): Promise<Match[]> {
  const all: Match[] = []
  const keep = (_rule: GuardRule, matches: readonly Match[]) => {
    for (const match of matches) all.push(match)
  }
  await readInSlices([guard], text, kind, options, keep, from)
  return all
}

/** The run of a call that names none is its own. */
const isShared = ({ id, run }: { id: string; run: string }) => !run.endsWith(id)

/** A guard that fails closed on everything refuses a response with media, because it cannot read media. */
function refuseMedia(response: Pull<ResponsePiece>, { name }: GuardRule): Pull<ResponsePiece> {
  return {
    async next() {
      const piece = await response.next()
      if (!piece?.media) return piece
      const { kind, param } = piece.media
      throw new GatewayError(
        'guard-blocked',
        `Guard "${name}" cannot read the ${kind} in "${param}" of the response, and its "onError: closed" refuses content that it cannot read.`,
        { rule: name, param },
      )
    },
    cancel: () => response.cancel(),
  }
}

/** Policies of the response that need no content decide before its first byte. */
function judgeFirst(response: Pull<ResponsePiece>, judge: () => void): Pull<ResponsePiece> {
  let isJudged = false
  return {
    async next() {
      if (!isJudged) {
        isJudged = true
        judge()
      }
      return response.next()
    },
    cancel: () => response.cancel(),
  }
}

export { guardKinds }
export type { Detector, GuardKind } from './guard.ts'
export type { JudgedCall, PolicyReason } from './policies/index.ts'
