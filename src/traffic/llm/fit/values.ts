// Single values within what the vendor takes: lengths, ranges, words.

import { omitUndefined } from '../canonical/omit-undefined.ts'
import type { GenerateRequest, Sampling } from '../canonical/request.ts'
import type { LossNotes, PairsLimit, RangeLimit } from '../losses/index.ts'
import { substituteId } from './ids.ts'

export interface OutputLimits {
  /** The most that the model writes, tokens. Absent: unknown. */
  most?: number
  /** The most that a budget pays for, tokens: nothing may raise the client's own limit over it. */
  paid?: number
}

export function fitValues(request: GenerateRequest, notes: LossNotes, output: OutputLimits): GenerateRequest {
  const {
    user,
    cacheKey,
    metadata,
    output: format,
    stop,
    serviceTier,
    sampling,
    count,
    logprobs,
    ...rest
  } = request
  const { limits } = notes
  if (stop) requireList(stop, notes)
  const top = logprobs && within('logprobs', logprobs.top, notes)
  return {
    ...rest,
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
      sampling: sampling && samplingWithin(sampling, notes),
      count: count === undefined ? undefined : within('count', count, notes),
      logprobs: top === undefined ? undefined : { top },
      maxOutputTokens: outputWithin(request.maxOutputTokens, notes, output),
    }),
  }
}

type RangedField =
  | 'temperature'
  | 'top-p'
  | 'top-k'
  | 'frequency-penalty'
  | 'presence-penalty'
  | 'seed'
  | 'count'
  | 'logprobs'
  | 'max-output'

/** @throws GatewayError `unsupported` */
function within(field: RangedField, value: number, notes: LossNotes): number {
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

/** The same number for the same, within the range: a seed only has to be the same again. */
function folded(value: number, { least = 0, most = Number.MAX_SAFE_INTEGER }: RangeLimit): number {
  const size = most - least + 1
  return ((((value - least) % size) + size) % size) + least
}

function samplingWithin(sampling: Sampling, notes: LossNotes): Sampling {
  const fit = (field: RangedField, value: number | undefined) =>
    value === undefined ? undefined : within(field, value, notes)
  const { temperature, topP, topK, frequencyPenalty, presencePenalty, seed, ...rest } = sampling
  return {
    ...rest,
    ...omitUndefined({
      temperature: fit('temperature', temperature),
      topP: fit('top-p', topP),
      topK: fit('top-k', topK),
      frequencyPenalty: fit('frequency-penalty', frequencyPenalty),
      presencePenalty: fit('presence-penalty', presencePenalty),
      seed: fit('seed', seed),
    }),
  }
}

/** @throws GatewayError `unsupported` where the vendor's least is more than a budget pays for */
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
  // vendors refuse what their model cannot write anyway
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
