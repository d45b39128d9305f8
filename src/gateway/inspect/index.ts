// The door of inspection: makes a snapshot's guards and policies ready, and reads requests and replies with them.
//
// A guard's `restore` hides a value from the provider: a placeholder goes out, and the response gets the original back, in texts for people and where
// `restoreIn` says so. On the response itself there is nothing to hide from anybody, so there `restore` only reports what it finds; `redact` masks it.

import type { Finding, PieceKind } from '../../contract/content.ts'
import type { DecisionInput } from '../../contract/decide.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { GuardRule, Phase, Snapshot } from '../../contract/snapshot.ts'
import type { Subject } from '../../contract/subject.ts'
import type { Clock } from '../../kit/clock.ts'
import { turnEnd } from '../../kit/turn.ts'
import type { Inspected } from '../exchange.ts'
import type { GuardKind, Match } from './guard.ts'
import { guardKinds } from './guards/index.ts'
import { type About, type Notes, notePolicy } from './notes.ts'
import { policyFacts } from './policy-facts.ts'
import { decider } from './policies/index.ts'
import { type ReadOptions, type ReadyGuard, read } from './read.ts'
import { restorer } from './placeholders.ts'
import { inspectRequest } from './request.ts'
import { RunPlaceholders } from './run-placeholders.ts'
import { type Pacing, readInSlices, sliceLength } from './slices.ts'
import { noteDecision, verdicts } from './verdict.ts'
import type { Watcher } from './window-channel.ts'
import { type Source, guarded } from './window.ts'

export interface Inspector {
  /** Is there anything to do on requests at all? If not, `inspectRequest` need not be called. */
  readonly needsRequest: boolean
  /** Is there anything to do on replies, vaults aside? */
  readonly needsReply: boolean
  /**
   * Guards, then policies, then redaction. A promise when a guard is remote, and for long texts, which are read in slices.
   * @param address of the caller
   * @param notes what was found and applied is written there, also when the call is refused
   * @param check asked between two slices; throws when the call was stopped
   * @throws GatewayError `guard-blocked`, `policy-denied`, `guard-failed` (or rejects with it)
   */
  inspectRequest(operation: Operation, subject: Subject, address: string, notes: Notes, check?: () => void): Inspected | Promise<Inspected>
  /**
   * The reply behind the window. To be used when `needsReply`, or when the vault holds something; the reply must come at depth `content` then.
   * An error answer of the provider carries no content and passes as it is, if its pieces say so (`hasOutput: false`).
   */
  guardReply(reply: Source, inspected: Inspected, notes: Notes & About): Source
  /** What the guards of a phase find in one text: for the tests of policies. Rejects when a guard fails. */
  detect(text: string, phase: Phase): Promise<readonly Finding[]>
}

export interface InspectorOptions {
  snapshot: Pick<Snapshot, 'guards' | 'policies'>
  clock: Clock
  kinds?: readonly GuardKind[]
  /** Bytes of a reply that may wait for judgement at once. */
  heldBytes?: number
  /** Called between two slices of a long text. */
  nextTurn?: () => Promise<void>
}

/** @throws Error when a guard's kind is unknown or its options are wrong (the compiler of configurations has checked both) */
export function inspector({ snapshot, clock, kinds = guardKinds, heldBytes = 256 * 1024, nextTurn = turnEnd }: InspectorOptions): Inspector {
  const guards = snapshot.guards.map((rule): ReadyGuard => {
    const kind = kinds.find((candidate) => candidate.kind === rule.kind)
    if (!kind)
      throw new Error(`guard "${rule.name}" is of the unknown kind "${rule.kind}"; this build has ${kinds.map((known) => known.kind).join(', ')}`)
    return { rule, detector: kind.create(rule.options) }
  })
  const on = (phase: Phase) => guards.filter(({ rule }) => rule.on.includes(phase))
  const requestGuards = on('request')
  const replyGuards = on('response')
  const mediaRefusing = replyGuards.find(({ rule }) => rule.onError === 'closed')
  const policies = decider(snapshot.policies)
  const hasPolicies = (phase: Phase) => snapshot.policies.some((policy) => policy.on.includes(phase))
  const isAskedOnRequests = hasPolicies('request')
  const repliesAreJudged = hasPolicies('response')
  const policiesReadReplies = policies.labels('response').length > 0
  const placeholders = new RunPlaceholders()

  return {
    needsRequest: requestGuards.length > 0 || isAskedOnRequests,
    needsReply: replyGuards.length > 0 || repliesAreJudged,

    inspectRequest(operation, subject, address, notes, check) {
      const input: DecisionInput = { phase: 'request', subject, operation, findings: [], address, at: clock.now() }
      if (isAskedOnRequests) notes.facts = policyFacts(input)
      // what is refused whatever it says need not be read
      if (requestGuards.length > 0) {
        const early = policies.decideWithoutContent(input)
        if (early.denied) noteDecision(notes, early)
      }
      return inspectRequest(operation, {
        guards: requestGuards,
        decide: (findings) => policies.decide({ ...input, findings }),
        notes,
        clock,
        flag: (guard) => notePolicy(notes, guard, 'flag'),
        async pause() {
          await nextTurn()
          check?.()
        },
        join: (hidden) => (notes.exchange && isShared(notes.exchange) ? placeholders.join(notes.exchange.run, hidden) : hidden),
      })
    },

    guardReply(reply, inspected, notes) {
      const { caller, call } = notes.exchange
      const decide = (findings: readonly Finding[]) =>
        policies.decide({
          phase: 'response',
          subject: caller.subject,
          operation: inspected.operation,
          findings,
          address: call.peer.address,
          at: clock.now(),
        })
      const judging = verdicts(notes, policiesReadReplies ? decide : undefined)
      const options = { clock, flag: (guard: string) => notePolicy(notes, guard, 'flag'), pause: nextTurn }
      const watchers = replyGuards.map(
        (guard): Watcher => ({
          detector: guard.detector,
          find: (text, kind, from) =>
            text.length - from > sliceLength ? findInSlices(guard, text, kind, from, options) : read(guard, text, kind, from, options),
          judge: (match, channel) => judging.judge(guard.rule, match, channel),
        }),
      )
      if (inspected.vault.size > 0) watchers.push(restorer(inspected.vault))
      const readable = mediaRefusing ? withoutMedia(reply, mediaRefusing.rule) : reply
      const source = repliesAreJudged ? judgedFirst(readable, () => noteDecision(notes, decide([]))) : readable
      return watchers.length > 0 ? guarded(source, { watchers, heldBytes, onEdited: () => void (notes.isRedacted = true) }) : source
    },

    async detect(text, phase) {
      const found: Finding[] = []
      for (const guard of on(phase)) {
        for (const match of await read(guard, text, 'text', 0, { clock, flag: () => {} })) {
          found.push({ guard: guard.rule.name, label: match.label, channel: 'text', start: match.start, end: match.end })
        }
      }
      return found
    },
  }
}

/** A long text of a response, a whole one for instance. */
async function findInSlices(guard: ReadyGuard, text: string, kind: PieceKind, from: number, options: ReadOptions & Pacing): Promise<Match[]> {
  const all: Match[] = []
  const keep = (_rule: GuardRule, matches: readonly Match[]) => {
    for (const match of matches) all.push(match)
  }
  await readInSlices([guard], text, kind, options, keep, from)
  return all
}

/** The run of a call that names none is its own. */
const isShared = ({ id, run }: { id: string; run: string }) => !run.endsWith(id)

/** A guard that fails closed on everything refuses a response with media, which it cannot read. */
function withoutMedia(reply: Source, { name }: GuardRule): Source {
  return {
    async next() {
      const piece = await reply.next()
      if (!piece?.media) return piece
      const { kind, param } = piece.media
      throw new GatewayError(
        'guard-blocked',
        `Guard "${name}" cannot read the ${kind} in "${param}" of the response, and its "onError: closed" refuses what it cannot read.`,
        { rule: name, param },
      )
    },
    cancel: () => reply.cancel(),
  }
}

/** Policies of the reply that ask for no content decide before its first byte. */
function judgedFirst(reply: Source, judge: () => void): Source {
  let isJudged = false
  return {
    async next() {
      if (!isJudged) {
        isJudged = true
        judge()
      }
      return reply.next()
    },
    cancel: () => reply.cancel(),
  }
}

export { guardKinds }
export type { Detector, GuardKind } from './guard.ts'
