// Fits single values to the vendor's limits: lengths, ranges, known words.

import type { GenerateRequest } from '../canonical/request.ts'
import { settings } from '../canonical/settings.ts'
import type { SettingOf } from '../canonical/settings.ts'
import { omitUndefined } from '../canonical/index.ts'
import { placeOf, setValueAt, valueAt } from '../fields/index.ts'
import type { LossNotes, PairsLimit, RangeLimit } from '../losses/index.ts'
import { substituteId } from './ids.ts'

export interface OutputLimits {
  /** The most that the model writes, in tokens. Absent means unknown. */
  most?: number
  /** The most that a budget pays for, in tokens. The client's own limit must not be raised above it. */
  paid?: number
}

/** @throws GatewayError `unsupported` */
export function fitValues(request: GenerateRequest, notes: LossNotes, output: OutputLimits): GenerateRequest {
  const { user, cacheKey, metadata, output: format, stop, serviceTier, logprobs, ...rest } = request
  const { limits } = notes
  if (stop) requireList(stop, notes)
  const top = logprobs && within('logprobs', logprobs.top, notes)
  return {
    ...withinRanges(rest, notes),
    ...omitUndefined({
      // an empty one names no user
      user: user === undefined || user === '' ? undefined : substituteId(user, limits.user),
      cacheKey:
        cacheKey === undefined || cacheKey === '' ? undefined : substituteId(cacheKey, limits['cache-key']),
      metadata: metadata && pairsWithin(metadata, limits.metadata, notes),
      output:
        format?.kind === 'schema' && format.name !== undefined
          ? { ...format, name: substituteId(format.name, limits['schema-name']) }
          : format,
      stop,
      serviceTier: serviceTier === undefined || isKnownTier(serviceTier, notes) ? serviceTier : undefined,
      logprobs: top === undefined ? undefined : { top },
      maxOutputTokens: outputWithin(request.maxOutputTokens, notes, output),
    }),
  }
}

type RangedSetting = SettingOf<'number' | 'count'>

const isRanged = (field: string): field is RangedSetting =>
  Object.entries(settings).some(
    ([name, { type }]) => name === field && (type === 'number' || type === 'count'),
  )

/** The limit on the output depends on more than its range. */
const rangedSettings = Object.keys(settings)
  .filter(isRanged)
  .filter((field) => field !== 'max-output')
  .map((field) => ({ field, place: placeOf(settings[field].at) }))

function withinRanges(request: GenerateRequest, notes: LossNotes): GenerateRequest {
  const fitted = { ...request, ...(request.sampling && { sampling: { ...request.sampling } }) }
  for (const { field, place } of rangedSettings) {
    const value = valueAt(request, place)
    if (typeof value === 'number') setValueAt(fitted, place, within(field, value, notes))
  }
  return fitted
}

function within(field: RangedSetting | 'logprobs', value: number, notes: LossNotes): number {
  const limit = notes.limits[field]
  if (!limit) return value
  const whole = limit.isWhole ? Math.trunc(value) : value
  const { least = -Infinity, most = Infinity } = limit
  if (whole >= least && whole <= most) return whole
  if (limit.beyond === 'fold') return folded(whole, limit)
  if (limit.beyond === 'refuse') notes.drop(field, `${least} to ${most} are taken`)
  notes.lose(field)
  return Math.min(Math.max(whole, least), most)
}

/** Maps a number into the range. The same number always gives the same result, which is enough for a seed. */
function folded(value: number, { least = 0, most = Number.MAX_SAFE_INTEGER }: RangeLimit): number {
  const size = most - least + 1
  return ((((value - least) % size) + size) % size) + least
}

/** @throws GatewayError `unsupported` when the vendor's minimum is more than a budget pays for */
function outputWithin(
  asked: number | undefined,
  notes: LossNotes,
  { most, paid }: OutputLimits,
): number | undefined {
  if (asked === undefined) return undefined
  const raised = within('max-output', asked, notes)
  if (paid !== undefined && raised > asked && raised > paid)
    notes.drop('max-output', `at least ${raised} are taken, and the budget pays for ${paid}`)
  if (most === undefined || raised <= most) return raised
  // vendors refuse limits above their model's maximum
  notes.lose('max-output')
  return most
}

function isKnownTier(tier: string, notes: LossNotes): boolean {
  const limit = notes.limits['service-tier']
  if (!limit || limit.words.includes(tier)) return true
  notes.drop('service-tier')
  return false
}

/** @throws GatewayError `unsupported` */
function requireList(stop: readonly string[], notes: LossNotes): void {
  const limit = notes.limits.stop
  if (!limit) return
  if (limit.most !== undefined && stop.length > limit.most)
    notes.drop('stop', `at most ${limit.most} are taken`)
  if (limit.refusesBlank && stop.some((text) => text.trim() === ''))
    notes.drop('stop', 'none of whitespace alone is taken')
}

function pairsWithin(
  pairs: Readonly<Record<string, string>>,
  limit: PairsLimit | null | undefined,
  notes: LossNotes,
): Record<string, string> {
  if (!limit) return { ...pairs }
  const all = Object.entries(pairs)
  const kept = all
    .filter(([name, value]) => name.length <= limit.longestName && value.length <= limit.longestValue)
    .slice(0, limit.most)
  if (kept.length < all.length) notes.drop('metadata')
  return Object.fromEntries(kept)
}
