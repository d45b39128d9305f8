// Compiles prices. The operator's prices replace those of the catalog. The section `prices` names targets or
// patterns; the most specific entry applies.

import type { DestinationRule, PriceRow, PriceRule } from '../../contract/snapshot.ts'
import { compileGlob } from '../../kit/glob.ts'
import { formatUsd } from '../../kit/money.ts'
import type { Path } from '../config/problem.ts'
import type { PriceConfig } from '../config/schema/model.ts'
import type { Compilation } from './compilation.ts'
import { omitUndefined } from './defined.ts'

/** Every entry of the section, the most specific first. */
export function compilePrices(
  { configuration, problems }: Compilation,
  destinations: Readonly<Record<string, DestinationRule>>,
): PriceRule[] {
  const rules: PriceRule[] = []
  for (const [pattern, config] of configuration.prices) {
    const path: Path = ['prices', pattern]
    const slash = pattern.indexOf('/')
    if (!/^[^/\s]+\/\S+$/.test(pattern)) {
      problems.add(
        path,
        `"${pattern}" is not a target`,
        'write provider/model, like openai/gpt-5-mini, or a pattern, like github/*',
        {
          at: 'key',
        },
      )
      continue
    }
    const head = pattern.slice(0, slash)
    if (head.includes('*') && !Object.keys(destinations).some(compileGlob(head))) {
      const known = Object.keys(destinations).join(', ') || 'none'
      problems.add(path, `"${pattern}" matches no provider`, `providers: ${known}`, {
        at: 'key',
        severity: 'warning',
      })
    }
    rules.push({ targets: pattern, row: rowOf(config) })
  }
  return rules.sort((left, right) => compare(left.targets, right.targets))
}

export const isPattern = (name: string): boolean => name.includes('*')

/** The first entry that names or matches a target. Compiles the patterns once. */
export function createPriceFinder(rules: readonly PriceRule[]): (target: string) => PriceRow | undefined {
  const named = new Map(
    rules.flatMap(({ targets, row }) => (isPattern(targets) ? [] : [[targets, row] as const])),
  )
  const patterns = rules.flatMap(({ targets, row }) =>
    isPattern(targets) ? [{ matches: compileGlob(targets), row }] : [],
  )
  return (target) => named.get(target) ?? patterns.find(({ matches }) => matches(target))?.row
}

/**
 * Orders entries from the most specific to the least: a name before a pattern; a pattern with the name of a
 * destination before others; then the pattern with more characters other than `*`; then the one with fewer `*`;
 * then the alphabet. So the order in the file does not matter.
 */
function compare(left: string, right: string): number {
  const [first, second] = [specificity(left), specificity(right)]
  for (const [index, value] of first.entries())
    if (value !== second[index]) return (second[index] ?? 0) - value
  return left < right ? -1 : 1
}

function specificity(pattern: string): readonly number[] {
  const stars = pattern.split('*').length - 1
  const isNamed = !pattern.slice(0, pattern.indexOf('/')).includes('*')
  return [stars === 0 ? 1 : 0, isNamed ? 1 : 0, pattern.length - stars, -stars]
}

export function rowOf(config: PriceConfig): PriceRow {
  if (config === 'free') return { isFree: true }
  const { tiers, factors, ...rates } = config
  const inMillionths = Object.entries(factors ?? {}).map(
    ([term, factor]) => [term, Math.round(factor * 1_000_000)] as const,
  )
  return {
    ...omitUndefined(rates),
    ...(factors && { factors: Object.fromEntries(inMillionths) }),
    ...(tiers && { tiers: tiers.map(omitUndefined) }),
  }
}

/**
 * Merges the operator's price with those of the catalog. A price with token rates replaces the catalog's, but
 * keeps the fees and factors that it does not name: it does not make searches free, or all service tiers equal.
 * A price without token rates is merged into each row of the catalog.
 */
export function pricesOf(own: PriceRow | undefined, known: readonly PriceRow[]): readonly PriceRow[] {
  if (!own) return known
  const last = known.at(-1)
  if (own.isFree || !last) return [own]
  return own.input === undefined ? known.map((row) => ({ ...row, ...over(own, row) })) : [over(own, last)]
}

const over = (own: PriceRow, { fees, factors }: PriceRow): PriceRow => ({
  ...own,
  ...((fees ?? own.fees) && { fees: { ...fees, ...own.fees } }),
  ...((factors ?? own.factors) && { factors: { ...factors, ...own.factors } }),
})

/**
 * Warns of prices that look like a price per token instead of per million tokens.
 * @param known the price in the catalog
 */
export function warnOfRates(
  { problems }: Compilation,
  path: Path,
  config: PriceConfig,
  known: PriceRow | undefined,
): void {
  if (config === 'free') return
  for (const name of [
    'input',
    'output',
    'cacheRead',
    'cacheWrite',
    'cacheWriteLong',
    'inputAudio',
    'outputAudio',
  ] as const) {
    const rate = config[name]
    if (rate === undefined || rate === 0) continue
    const usual = known?.[name]
    const isOff = usual
      ? rate * mostOff <= usual || rate >= usual * mostOff
      : rate < leastRate || rate > mostRate
    if (!isOff) continue
    const isLow = usual ? rate < usual : rate < leastRate
    problems.add(
      [...path, name],
      `${formatUsd(BigInt(rate))} per million tokens is unusually ${isLow ? 'low' : 'high'}${usual ? `; the catalog has ${formatUsd(BigInt(usual))}` : ''}`,
      isLow
        ? `prices are per million tokens, not per token; did you mean ${Number(formatUsd(BigInt(rate) * 1_000_000n).slice(1))}?`
        : 'prices are in USD per million tokens',
      { severity: 'warning' },
    )
  }
}

/** A price that differs from the catalog's by this factor is not a discount or a surcharge. */
const mostOff = 1_000
/** In nano-dollars per million tokens. No vendor sells below $0.0005 or above $10,000. */
const leastRate = 500_000
const mostRate = 10_000_000_000_000
