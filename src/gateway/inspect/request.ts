// Reads a request with the guards, runs the policies, and returns the operation that may be sent.

import type { Edit, Finding, Media, Piece, Unreadable } from '../../contract/content.ts'
import type { Decision } from '../../contract/decide.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { GuardRule, PolicyEffect } from '../../contract/snapshot.ts'
import type { Inspected, Situation } from '../exchange.ts'
import { type ChannelText, createChannelText } from './channel-text.ts'
import type { Match } from './guard.ts'
import { type Notes, noteFinding } from './notes.ts'
import { foldOnce } from './guards/fold.ts'
import { strictness } from './policies/index.ts'
import { type ReadOptions, type ReadyGuard, readText } from './read.ts'
import { type Change, Redaction, isMeant, mask } from './redact.ts'
import { accumulate, editedPieces, keepStable } from './second-look.ts'
import { type Pacing, readInSlices, sliceLength } from './slices.ts'
import { requireArguments, refusePlaceholder, restoreModeOf, restoreRuleOf } from './tool-values.ts'
import { type Vault, createVault } from './vault.ts'
import { blockRefusal, noteDecision } from './verdict.ts'

export interface RequestInspection extends ReadOptions, Pacing {
  guards: readonly ReadyGuard[]
  /** Must texts be read, either by a guard or for placeholders of earlier calls? */
  readsContent: boolean
  decide: (findings: readonly Finding[], operation: Operation) => Decision
  notes: Notes
  situation: Situation
  /** The placeholders of this call with those of earlier calls of its run. */
  join: (hidden: Inspected['vault']) => Inspected['vault']
  /** Absent if no earlier call of the run made a placeholder that the receiver could act on. */
  placeholderIn?: PlaceholderIn
}

/** The first placeholder of an earlier call in a text. */
type PlaceholderIn = (text: string) => { placeholder: string; rule: string } | undefined

const nothingHidden: Inspected['vault'] = new Map()

/**
 * Returns a promise if a guard is remote, and for a long request, which is read in slices.
 * @throws GatewayError `guard-blocked`, `policy-denied`, `guard-failed` (or rejects with it, or with what
 * stopped the call)
 */
export function inspectRequest(
  operation: Operation,
  inspection: RequestInspection,
): Inspected | Promise<Inspected> {
  if (!inspection.readsContent) return conclude(operation, [], inspection)
  const reading = operation.readAhead?.('content', () => inspection.pause())
  return reading
    ? reading.then(() => inspectContent(operation, inspection))
    : inspectContent(operation, inspection)
}

function inspectContent(operation: Operation, inspection: RequestInspection): Inspected | Promise<Inspected> {
  const { pieces, media, unreadable } = operation.content()
  for (const { rule } of inspection.guards) {
    if (unreadable) refuseUnreadable(rule, unreadable, inspection)
    const [medium] = media
    if (medium && rule.onError === 'closed') refuseMedia(rule, medium)
  }
  const reading = readAll(pieces, inspection)
  return reading instanceof Promise
    ? reading.then((readings) => conclude(operation, readings, inspection))
    : conclude(operation, reading, inspection)
}

/** Returns a promise if a guard is remote, and for long texts. */
function readAll(
  pieces: readonly Piece[],
  inspection: RequestInspection,
): readonly Reading[] | Promise<readonly Reading[]> {
  const { guards } = inspection
  if (pieces.reduce((total, { text }) => total + text.length, 0) > sliceLength)
    return readLong(pieces, inspection)
  const readings: Reading[] = []
  const waiting: Promise<void>[] = []
  for (const piece of pieces) {
    if (piece.text === '') continue
    const reading = createReading(piece)
    readings.push(reading)
    const folded = foldOnce(reading.text.text)
    for (const guard of guards) {
      const found = readText(guard, reading.text.text, piece.kind, 0, inspection, folded)
      if (found instanceof Promise)
        waiting.push(found.then((matches) => noteMatches(reading, guard.rule, matches)))
      else noteMatches(reading, guard.rule, found)
    }
  }
  return waiting.length === 0 ? readings : Promise.all(waiting).then(() => readings)
}

/**
 * Many short texts count like a long one: other calls run after each slice, and after the same number of
 * characters.
 */
async function readLong(
  pieces: readonly Piece[],
  inspection: RequestInspection,
): Promise<readonly Reading[]> {
  const readings: Reading[] = []
  let sincePause = 0
  for (const piece of pieces) {
    if (piece.text === '') continue
    sincePause += piece.text.length + perPiece
    if (sincePause > sliceLength) {
      sincePause = 0
      await inspection.pause()
    }
    const reading = await createLongReading(piece, inspection)
    readings.push(reading)
    await readInSlices(inspection.guards, reading.text.text, piece.kind, inspection, (rule, matches) =>
      noteMatches(reading, rule, matches),
    )
  }
  await inspection.pause()
  return readings
}

/** The fixed cost of each text, in characters. */
const perPiece = 64

function createReading(piece: Piece): Reading {
  const text = createChannelText(piece.escaping)
  text.append(piece.text)
  text.complete()
  return { piece, text, found: [] }
}

async function createLongReading(piece: Piece, { pause }: Pacing): Promise<Reading> {
  if (piece.escaping === 'none' || piece.text.length <= sliceLength) return createReading(piece)
  const text = createChannelText(piece.escaping)
  for (let from = 0; from < piece.text.length; from += sliceLength) {
    text.append(piece.text.slice(from, from + sliceLength))
    await pause()
  }
  text.complete()
  return { piece, text, found: [] }
}

/**
 * A guard without readable content finds nothing, but that does not prove that there is nothing.
 * @throws GatewayError `guard-blocked` unless it fails open
 */
function refuseUnreadable(
  { name, onError }: GuardRule,
  { param, what }: Unreadable,
  { flag }: ReadOptions,
): void {
  if (onError === 'open') return flag(name)
  throw new GatewayError(
    'guard-blocked',
    `Guard "${name}" cannot read "${param}", because it contains ${what}; send it as text.`,
    { rule: name, param },
  )
}

/**
 * Media pass unless the guard fails closed on everything that it cannot read. @throws GatewayError
 * `guard-blocked`
 */
function refuseMedia({ name }: GuardRule, { kind, param }: Media): never {
  const place = param === undefined ? 'the request' : `"${param}"`
  throw new GatewayError(
    'guard-blocked',
    `Guard "${name}" cannot read the ${kind} in ${place}, and its "onError: closed" refuses content that it cannot read; remove it.`,
    { rule: name, ...(param !== undefined && { param }) },
  )
}

interface Reading {
  piece: Piece
  text: ChannelText
  found: { rule: GuardRule; match: Match }[]
}

function noteMatches(reading: Reading, rule: GuardRule, matches: readonly Match[]): void {
  for (const match of matches) reading.found.push({ rule, match })
}

function conclude(
  operation: Operation,
  readings: readonly Reading[],
  inspection: RequestInspection,
): Inspected | Promise<Inspected> {
  const { decide, notes, join, situation } = inspection
  const findings = findingsIn(readings)
  for (const { label } of findings) noteFinding(notes, 'request', label)
  const asked = decide(findings, operation)
  const decision = addOwnEffects(asked, readings)
  noteDecision(notes, decision)
  if (inspection.placeholderIn)
    for (const reading of readings) refusePlaceholders(operation, reading, inspection.placeholderIn)
  if (findings.length === 0) return { operation, decision, findings, situation, vault: join(nothingHidden) }
  refuseBlocked(readings)

  const hidden = createVault(restores(decision, readings) ? readings.map(({ text }) => text.text) : [])
  for (const reading of readings) if (reading.piece.fieldAt) refuseFixedEdits(operation, reading, decision)
  const edits = readings.flatMap((reading) => editsOf(operation, reading, asked, hidden))
  const vaulted = join(hidden.hidden)
  if (edits.length === 0) return { operation, decision, findings, situation, vault: vaulted }
  notes.isRedacted = true
  const first: FirstLook = { readings, findings, decision, edits, vault: vaulted }
  const editing = operation.editLong?.(edits, () => inspection.pause())
  return editing
    ? editing.then((changed) => lookAgain(changed, first, inspection))
    : lookAgain(operation.edit(edits), first, inspection)
}

interface FirstLook extends Pick<Inspected, 'findings' | 'decision' | 'vault'> {
  readings: readonly Reading[]
  edits: readonly Edit[]
}

/** The rules judge the changed request; the labels and effects of the first look stay. */
function lookAgain(
  operation: Operation,
  { readings, edits, vault: vaulted, ...first }: FirstLook,
  inspection: RequestInspection,
): Inspected | Promise<Inspected> {
  const { decide, notes, situation } = inspection
  const pieces = editedPieces(
    readings.map(({ piece }) => piece),
    edits,
  )
  const judge = (again: readonly Reading[]): Inspected => {
    const found = findingsIn(again)
    for (const { label } of found) noteFinding(notes, 'request', label)
    const findings = found.length === 0 ? first.findings : [...first.findings, ...found]
    const decision = accumulate(first.decision, addOwnEffects(decide(findings, operation), again))
    noteDecision(notes, decision)
    refuseBlocked(again)
    keepStable(matchesIn(readings), first.decision, matchesIn(again), decision)
    return { operation, decision, findings, situation, vault: vaulted }
  }
  const reading = readAll(pieces, inspection)
  return reading instanceof Promise ? reading.then(judge) : judge(reading)
}

const findingsIn = (readings: readonly Reading[]): readonly Finding[] =>
  readings.flatMap(({ piece, text, found }) =>
    found.map(({ rule, match }) => finding(rule.name, match, piece.channel, text)),
  )

const matchesIn = (readings: readonly Reading[]) =>
  readings.flatMap(({ found }) => found.map(({ rule, match: { label } }) => ({ rule, label })))

/** @throws GatewayError `guard-blocked` */
function refuseBlocked(readings: readonly Reading[]): void {
  for (const { piece, found } of readings)
    for (const { rule, match } of found)
      if (rule.action === 'block')
        throw blockRefusal(rule, match.label, 'request', piece.fieldAt?.(match.start))
}

/**
 * @throws GatewayError `placeholder-in-arguments` if the receiver would act on a placeholder of an earlier
 * call of the run
 */
function refusePlaceholders(
  operation: Operation,
  { piece, text }: Reading,
  placeholderIn: PlaceholderIn,
): void {
  if (restoreModeOf(operation, 'request', piece) !== 'acts') return
  const known = placeholderIn(text.text)
  if (known) refusePlaceholder(known.placeholder, known.rule, operation.resource)
}

const finding = (guard: string, match: Match, channel: string, text: ChannelText): Finding => ({
  guard,
  label: match.label,
  channel,
  start: text.rawAt(match.start),
  end: text.rawAt(match.end),
})

const effectOf: Readonly<
  Partial<Record<GuardRule['action'], (labels: readonly string[], rule: GuardRule) => PolicyEffect>>
> = {
  redact: (labels) => ({ kind: 'redact', labels }),
  restore: (labels, { restoreIn }) => ({ kind: 'restore', labels, ...(restoreIn && { restoreIn }) }),
  flag: () => ({ kind: 'flag' }),
}

/** A guard's own action is recorded next to those of policies. It concerns its own matches only. */
function addOwnEffects(decision: Decision, readings: readonly Reading[]): Decision {
  const labels = new Map<GuardRule, Set<string>>()
  for (const { found } of readings) {
    for (const { rule, match } of found) labels.set(rule, (labels.get(rule) ?? new Set()).add(match.label))
  }
  const own = [...labels].flatMap(([rule, found]) => {
    const effect = effectOf[rule.action]?.([...found], rule)
    return effect ? [{ name: rule.name, effect }] : []
  })
  if (own.length === 0) return decision
  return {
    ...decision,
    applied: [...decision.applied, ...own].sort(
      (a, b) => strictness[a.effect.kind] - strictness[b.effect.kind],
    ),
  }
}

const restores = (decision: Decision, readings: readonly Reading[]): boolean =>
  decision.restore.length > 0 ||
  readings.some(({ found }) => found.some(({ rule }) => rule.action === 'restore'))

/**
 * An identifier cannot be changed, so a match to be removed from it refuses the call. @throws GatewayError
 * `guard-blocked`
 */
function refuseFixedEdits(operation: Operation, { piece, found }: Reading, decision: Decision): void {
  const restoring = restoreModeOf(operation, 'request', piece)
  for (const { rule, match } of found) {
    const isRedacted = rule.action === 'redact' || isMeant(decision.redact, match.label)
    const isRestored =
      restoring === 'hides' && (rule.action === 'restore' || isMeant(decision.restore, match.label))
    if (isRedacted || isRestored)
      throw blockedIdentifier(rule.name, match.label, piece.fieldAt?.(match.start) ?? piece.channel)
  }
}

function blockedIdentifier(rule: string, label: string, param: string): GatewayError {
  const message = `Guard "${rule}" found ${label} in "${param}", an identifier that cannot be changed; send another value there.`
  return new GatewayError('guard-blocked', message, { rule, param })
}

function editsOf(
  operation: Operation,
  { piece, text, found }: Reading,
  decision: Decision,
  hidden: Vault,
): Edit[] {
  if (found.length === 0) return []
  const restoring = restoreModeOf(operation, 'request', piece)
  const wanted: { label: string; start: number; end: number; isRestored: boolean; rule: GuardRule }[] = []
  for (const { rule, match } of found) {
    if (rule.action === 'redact' || isMeant(decision.redact, match.label))
      wanted.push({ ...match, isRestored: false, rule })
    else if (rule.action !== 'restore' && !isMeant(decision.restore, match.label)) continue
    else if (restoring === 'hides') wanted.push({ ...match, isRestored: true, rule })
    else if (restoring === 'acts') requireArguments(match.label, rule, decision, operation.resource)
  }
  if (wanted.length === 0) return []
  // if two changes have the same place, the stricter one is first and wins
  wanted.sort((a, b) => a.start - b.start || Number(a.isRestored) - Number(b.isRestored) || b.end - a.end)
  let coveredTo = 0
  const changes = wanted.map(({ label, start, end, isRestored, rule }): Change => {
    const isFirst = start >= coveredTo
    coveredTo = Math.max(coveredTo, end)
    // a masked value gets no entry in the vault
    const replacement = !isFirst
      ? ''
      : isRestored
        ? hide(label, text.text.slice(start, end), rule, decision, hidden)
        : mask(label)
    return { start, end, replacement }
  })
  return new Redaction(text)
    .apply(changes)
    .map(({ start, end, replacement }) => ({ channel: piece.channel, start, end, replacement }))
}

function hide(label: string, value: string, guard: GuardRule, decision: Decision, hidden: Vault): string {
  const { rule, restoreIn } = restoreRuleOf(label, guard, decision)
  return hidden.placeholder(label, value, rule, restoreIn)
}
