// Prices: the operator's over the catalog's. The section `prices` names targets, or patterns of them; the
// most specific one counts.

import type { DestinationRule, PriceRow, PriceRule } from '../../contract/snapshot.ts'
import { glob } from '../../kit/glob.ts'
import { formatUsd } from '../../kit/money.ts'
import type { Path } from '../config/problem.ts'
import type { PriceConfig } from '../config/schema/model.ts'
import type { Compilation } from './compilation.ts'
import { defined } from './defined.ts'

/** Every entry of the section, in the order in which they count for a target that several of them match. */
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
        'prices are named by provider/model, like openai/gpt-5-mini, or by a pattern, like github/*',
        {
          at: 'key',
        },
      )
      continue
    }
    const head = pattern.slice(0, slash)
    if (head.includes('*') && !Object.keys(destinations).some(glob(head))) {
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
export function priceFinder(rules: readonly PriceRule[]): (target: string) => PriceRow | undefined {
  const named = new Map(
    rules.flatMap(({ targets, row }) => (isPattern(targets) ? [] : [[targets, row] as const])),
  )
  const patterns = rules.flatMap(({ targets, row }) =>
    isPattern(targets) ? [{ matches: glob(targets), row }] : [],
  )
  return (target) => named.get(target) ?? patterns.find(({ matches }) => matches(target))?.row
}

/**
 * Most specific first: a name before a pattern, a destination that is named before a pattern of destinations,
 * then the pattern with more characters besides `*`, then the one with fewer `*`, then by the alphabet. So
 * the order in the file never matters.
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
    ...defined(rates),
    ...(factors && { factors: Object.fromEntries(inMillionths) }),
    ...(tiers && { tiers: tiers.map(defined) }),
  }
}

/**
 * An own price over those of the catalog. With rates of tokens it takes their place, except that fees and
 * factors that it does not name stay: a price of tokens has not made searches free, nor every tier of service
 * the same. Without, it is laid over each of them.
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
 * Warns of rates per token, or in another unit, where a price is per million tokens. @param known of the
 * catalog
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
      `${formatUsd(BigInt(rate))} per million tokens is ${isLow ? 'very little' : 'very much'}${usual ? `; the catalog has ${formatUsd(BigInt(usual))}` : ''}`,
      isLow
        ? `prices are per million tokens, not per token; did you mean ${Number(formatUsd(BigInt(rate) * 1_000_000n).slice(1))}?`
        : 'prices are in USD per million tokens',
      { severity: 'warning' },
    )
  }
}

/** So many times the catalog's price, or its share, is no discount and no surcharge. */
const mostOff = 1_000
/** Nano-dollars per million tokens: below $0.0005 and above $10,000 nothing is sold. */
const leastRate = 500_000
const mostRate = 10_000_000_000_000
