// Reads a request with the guards, asks the policies, and gives back the operation as it may go out.

import type { Edit, Finding, Media, Piece, Unreadable } from '../../contract/content.ts'
import type { Decision } from '../../contract/decide.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { GuardRule, PolicyEffect } from '../../contract/snapshot.ts'
import type { Inspected } from '../exchange.ts'
import { type ChannelText, channelText } from './channel-text.ts'
import type { Match } from './guard.ts'
import { type Notes, noteFinding } from './notes.ts'
import { foldOnce } from './guards/fold.ts'
import { type ReadOptions, type ReadyGuard, read } from './read.ts'
import { type Change, isMeant, mask, redaction } from './redact.ts'
import { type Pacing, readInSlices, sliceLength } from './slices.ts'
import { type Vault, vault } from './vault.ts'
import { blocked, noteDecision } from './verdict.ts'

export interface RequestInspection extends ReadOptions, Pacing {
  guards: readonly ReadyGuard[]
  decide: (findings: readonly Finding[]) => Decision
  notes: Notes
  /** The placeholders of this call with those of earlier calls of its run. */
  join: (hidden: Inspected['vault']) => Inspected['vault']
}

/**
 * A promise when a guard is remote, and for a long request, which is read in slices.
 * @throws GatewayError `guard-blocked`, `policy-denied`, `guard-failed` (or rejects with it, or with what stopped the call)
 */
export function inspectRequest(operation: Operation, inspection: RequestInspection): Inspected | Promise<Inspected> {
  const { guards } = inspection
  if (guards.length === 0) return conclude(operation, [], inspection)
  const reading = operation.readAhead?.('content', () => inspection.pause())
  return reading ? reading.then(() => inspectContent(operation, inspection)) : inspectContent(operation, inspection)
}

function inspectContent(operation: Operation, inspection: RequestInspection): Inspected | Promise<Inspected> {
  const { guards } = inspection
  const readings: Reading[] = []
  const waiting: Promise<void>[] = []
  const { pieces, media, unreadable } = operation.content()
  for (const { rule } of guards) {
    if (unreadable) notRead(rule, unreadable, inspection)
    const [medium] = media
    if (medium && rule.onError === 'closed') refuseMedia(rule, medium)
  }
  if (pieces.reduce((total, { text }) => total + text.length, 0) > sliceLength) return inspectLong(operation, pieces, inspection)
  for (const piece of pieces) {
    if (piece.text === '') continue
    const reading = readingOf(piece)
    readings.push(reading)
    const folded = foldOnce(reading.text.text)
    for (const guard of guards) {
      const found = read(guard, reading.text.text, piece.kind, 0, inspection, folded)
      if (found instanceof Promise) waiting.push(found.then((matches) => note(reading, guard.rule, matches)))
      else note(reading, guard.rule, found)
    }
  }
  return waiting.length === 0 ? conclude(operation, readings, inspection) : Promise.all(waiting).then(() => conclude(operation, readings, inspection))
}

/** Many short texts are a long one, too: other calls go on after each slice, and after as many characters of texts. */
async function inspectLong(operation: Operation, pieces: readonly Piece[], inspection: RequestInspection): Promise<Inspected> {
  const readings: Reading[] = []
  let sincePause = 0
  for (const piece of pieces) {
    if (piece.text === '') continue
    sincePause += piece.text.length + perPiece
    if (sincePause > sliceLength) {
      sincePause = 0
      await inspection.pause()
    }
    const reading = await longReadingOf(piece, inspection)
    readings.push(reading)
    await readInSlices(inspection.guards, reading.text.text, piece.kind, inspection, (rule, matches) => note(reading, rule, matches))
  }
  await inspection.pause()
  return conclude(operation, readings, inspection)
}

/** What a text costs however short it is, in characters. */
const perPiece = 64

function readingOf(piece: Piece): Reading {
  const text = channelText(piece.escaping)
  text.append(piece.text)
  text.complete()
  return { piece, text, found: [] }
}

async function longReadingOf(piece: Piece, { pause }: Pacing): Promise<Reading> {
  if (piece.escaping === 'none' || piece.text.length <= sliceLength) return readingOf(piece)
  const text = channelText(piece.escaping)
  for (let from = 0; from < piece.text.length; from += sliceLength) {
    text.append(piece.text.slice(from, from + sliceLength))
    await pause()
  }
  text.complete()
  return { piece, text, found: [] }
}

/**
 * A guard that nothing can be shown to has found nothing, which is not the same as there being nothing.
 * @throws GatewayError `guard-blocked` unless it fails open
 */
function notRead({ name, onError }: GuardRule, { param, what }: Unreadable, { flag }: ReadOptions): void {
  if (onError === 'open') return flag(name)
  throw new GatewayError('guard-blocked', `Guard "${name}" cannot read "${param}", which holds ${what}; send it as text.`, { rule: name, param })
}

/** Media pass unless the guard fails closed on everything that it cannot read. @throws GatewayError `guard-blocked` */
function refuseMedia({ name }: GuardRule, { kind, param }: Media): never {
  const place = param === undefined ? 'the request' : `"${param}"`
  throw new GatewayError(
    'guard-blocked',
    `Guard "${name}" cannot read the ${kind} in ${place}, and its "onError: closed" refuses what it cannot read; leave it out.`,
    { rule: name, ...(param !== undefined && { param }) },
  )
}

interface Reading {
  piece: Piece
  text: ChannelText
  found: { rule: GuardRule; match: Match }[]
}

function note(reading: Reading, rule: GuardRule, matches: readonly Match[]): void {
  for (const match of matches) reading.found.push({ rule, match })
}

function conclude(operation: Operation, readings: readonly Reading[], inspection: RequestInspection): Inspected | Promise<Inspected> {
  const { decide, notes, join } = inspection
  const findings = readings.flatMap(({ piece, text, found }) => found.map(({ rule, match }) => finding(rule.name, match, piece.channel, text)))
  for (const { label } of findings) noteFinding(notes, 'request', label)
  const asked = decide(findings)
  const decision = withSugar(asked, readings)
  noteDecision(notes, decision)
  for (const { piece, found } of readings)
    for (const { rule, match } of found) if (rule.action === 'block') throw blocked(rule, match.label, 'request', piece.fieldAt?.(match.start))

  const hidden = vault(restores(decision, readings) ? readings.map(({ text }) => text.text) : [])
  for (const reading of readings) if (reading.piece.fieldAt) keepFixed(reading, decision)
  const edits = readings.flatMap((reading) => editsOf(reading, asked, hidden))
  if (edits.length > 0) notes.isRedacted = true
  const inspected = (changed: Operation): Inspected => ({ operation: changed, decision, findings, vault: join(hidden.hidden) })
  if (edits.length === 0) return inspected(operation)
  const editing = operation.editLong?.(edits, () => inspection.pause())
  return editing ? editing.then(inspected) : inspected(operation.edit(edits))
}

const finding = (guard: string, match: Match, channel: string, text: ChannelText): Finding => ({
  guard,
  label: match.label,
  channel,
  start: text.rawAt(match.start),
  end: text.rawAt(match.end),
})

const sugar: Readonly<Partial<Record<GuardRule['action'], (labels: readonly string[], rule: GuardRule) => PolicyEffect>>> = {
  redact: (labels) => ({ kind: 'redact', labels }),
  restore: (labels, { restoreIn }) => ({ kind: 'restore', labels, ...(restoreIn && { restoreIn }) }),
  flag: () => ({ kind: 'flag' }),
}
const strictness: Readonly<Record<PolicyEffect['kind'], number>> = { deny: 0, only: 1, redact: 2, restore: 3, flag: 4 }

/** A guard's own action stands on the record beside the policies'; it concerns its own matches only. */
function withSugar(decision: Decision, readings: readonly Reading[]): Decision {
  const labels = new Map<GuardRule, Set<string>>()
  for (const { found } of readings) {
    for (const { rule, match } of found) labels.set(rule, (labels.get(rule) ?? new Set()).add(match.label))
  }
  const own = [...labels].flatMap(([rule, found]) => {
    const effect = sugar[rule.action]?.([...found], rule)
    return effect ? [{ name: rule.name, effect }] : []
  })
  if (own.length === 0) return decision
  return { ...decision, applied: [...decision.applied, ...own].sort((a, b) => strictness[a.effect.kind] - strictness[b.effect.kind]) }
}

const restores = (decision: Decision, readings: readonly Reading[]): boolean =>
  decision.restore.length > 0 || readings.some(({ found }) => found.some(({ rule }) => rule.action === 'restore'))

/** An identifier cannot be changed, so what would be taken out of it refuses the call. @throws GatewayError `guard-blocked` */
function keepFixed({ piece, found }: Reading, decision: Decision): void {
  for (const { rule, match } of found) {
    const isChanged =
      rule.action === 'redact' || rule.action === 'restore' || isMeant(decision.redact, match.label) || isMeant(decision.restore, match.label)
    if (isChanged) throw blockedIdentifier(rule.name, match.label, piece.fieldAt?.(match.start) ?? piece.channel)
  }
}

function blockedIdentifier(rule: string, label: string, param: string): GatewayError {
  const message = `Guard "${rule}" found ${label} in "${param}", an identifier that cannot be changed; send another value there.`
  return new GatewayError('guard-blocked', message, { rule, param })
}

function editsOf({ piece, text, found }: Reading, decision: Decision, hidden: Vault): Edit[] {
  const wanted: { label: string; start: number; end: number; isRestored: boolean; rule: GuardRule }[] = []
  for (const { rule, match } of found) {
    if (rule.action === 'redact' || isMeant(decision.redact, match.label)) wanted.push({ ...match, isRestored: false, rule })
    else if (rule.action === 'restore' || isMeant(decision.restore, match.label)) wanted.push({ ...match, isRestored: true, rule })
  }
  if (wanted.length === 0) return []
  // of two changes of one place the stricter comes first and stands
  wanted.sort((a, b) => a.start - b.start || Number(a.isRestored) - Number(b.isRestored) || b.end - a.end)
  let coveredTo = 0
  const changes = wanted.map(({ label, start, end, isRestored, rule }): Change => {
    const isFirst = start >= coveredTo
    coveredTo = Math.max(coveredTo, end)
    // what is masked already gets no entry in the vault
    const replacement = !isFirst ? '' : isRestored ? hide(label, text.text.slice(start, end), rule, decision, hidden) : mask(label)
    return { start, end, replacement }
  })
  return redaction(text)
    .apply(changes)
    .map(({ start, end, replacement }) => ({ channel: piece.channel, start, end, replacement }))
}

/** What several rules restore is given back where all of them say so. */
function hide(label: string, value: string, guard: GuardRule, { applied }: Decision, hidden: Vault): string {
  const restoring = [
    ...(guard.action === 'restore' ? [{ name: guard.name, restoreIn: guard.restoreIn }] : []),
    ...applied.flatMap(({ name, effect }) =>
      effect.kind === 'restore' && isMeant(effect.labels, label) ? [{ name, restoreIn: effect.restoreIn }] : [],
    ),
  ]
  const [first] = restoring
  const places = (first?.restoreIn ?? []).filter((place) => restoring.every(({ restoreIn }) => restoreIn?.includes(place)))
  const strictest = restoring.find(({ restoreIn }) => restoreIn === undefined || restoreIn.length === places.length) ?? first
  return hidden.placeholder(label, value, strictest?.name ?? guard.name, places)
}
