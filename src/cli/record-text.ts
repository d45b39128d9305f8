// Texts of a record: cost, tokens and time, as `records` and `tail` print them.

import type { RecordView } from '../contract/admin-api.ts'
import { formatUsd } from '../kit/money.ts'
import type { Terminal } from './terminal/terminal.ts'

/** `$0.0015`, `$0.0015 (bound)`; `?` when the price is unknown, `-` when nothing was sent. */
export function costText(record: Pick<RecordView, 'costNano' | 'costBasis' | 'target'>): string {
  if (record.costNano === undefined) return record.target === undefined ? '-' : '?'
  const cost = formatUsd(BigInt(record.costNano))
  return record.costBasis === 'bound' || record.costBasis === 'estimated'
    ? `${cost} (${record.costBasis})`
    : cost
}

/** `10/5`: input and output; `-` if the provider did not report it. */
export const tokensText = ({ usage }: Pick<RecordView, 'usage'>): string =>
  `${usage?.inputTokens ?? '-'}/${usage?.outputTokens ?? '-'}`

export const outcomeText = (record: RecordView): string =>
  record.code === undefined ? record.outcome : `${record.outcome} ${record.code}`

/** Prints to stderr that there are more rows, or that the search stopped. */
export function warnOfRest(
  terminal: Terminal,
  {
    next,
    isPartial,
    scannedTo,
  }: { next?: string | undefined; isPartial?: true | undefined; scannedTo?: string | undefined },
): void {
  if (isPartial && scannedTo !== undefined)
    terminal.warn(
      `searched back to ${scannedTo}${next === undefined ? '' : `; to continue, add --after ${next}`}`,
    )
  else if (next !== undefined) terminal.warn(`more: add --after ${next}`)
}

export const timeText = (ms: number): string => new Date(ms).toISOString()
