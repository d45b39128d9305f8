// The results as a Markdown table: medians over the repetitions, and ratios to nginx within the same
// repetition.

import { bodies } from './bodies.ts'
import type { Measured } from './measured.ts'
import { median } from './median.ts'

type Pick = (row: Measured) => number | undefined

export function table(results: readonly Measured[]): string {
  const lines = [
    '| case | contender | CPU µs | × nginx | calls/s | p50 ms | p99 ms | added p50 | added p99 | idle MB | RSS MB | failed |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
  ]
  for (const name of unique(results.map((row) => row.case))) {
    const ofCase = results.filter((row) => row.case === name)
    for (const contender of unique(ofCase.map((row) => row.contender))) {
      const rows = ofCase.filter((row) => row.contender === contender)
      const plain = (pick: Pick, digits: number) => shown(median(rows.map(pick)), digits)
      const compared = (pick: Pick, digits: number, compare: (mine: number, floors: number) => number) =>
        shown(median(rows.map((row) => toFloor(ofCase, row, pick, compare))), digits)
      const cells = [
        plain((row) => row.cpuUs, 1),
        compared(
          (row) => row.cpuUs ?? row.rssMb,
          2,
          (mine, floors) => mine / floors,
        ),
        plain((row) => row.callsPerSecond, 0),
        plain((row) => row.p50Ms, 2),
        plain((row) => row.p99Ms, 2),
        compared(
          (row) => row.p50Ms,
          2,
          (mine, floors) => mine - floors,
        ),
        compared(
          (row) => row.p99Ms,
          2,
          (mine, floors) => mine - floors,
        ),
        plain((row) => row.idleRssMb, 0),
        plain((row) => row.rssMb, 0),
        plain((row) => row.failed, 0),
      ]
      lines.push(`| ${name} | ${contender} | ${cells.join(' | ')} |`)
    }
  }
  return [...lines, ...guardsPerKb(results)].join('\n')
}

/** A value divided by that of nginx in the same repetition, because noise affects both. */
function toFloor(
  ofCase: readonly Measured[],
  row: Measured,
  pick: Pick,
  compare: (mine: number, floors: number) => number,
): number | undefined {
  const floor = ofCase.find((other) => other.contender === 'nginx' && other.repetition === row.repetition)
  const [mine, floors] = [pick(row), floor && pick(floor)]
  return mine === undefined || !floors ? undefined : compare(mine, floors)
}

/** The cost of guards, by the amount of text that they read. */
function guardsPerKb(results: readonly Measured[]): string[] {
  const lines = (['100 KB', '1 MB prose'] as const).flatMap((name) => {
    const added = results.flatMap((row) => {
      if (row.case !== name || row.contender !== 'Gatehouse + guards') return []
      const without = results.find(
        (other) =>
          other.case === name && other.contender === 'Gatehouse' && other.repetition === row.repetition,
      )
      return row.cpuUs === undefined || without?.cpuUs === undefined ? [] : [row.cpuUs - without.cpuUs]
    })
    const middle = median(added)
    return middle === undefined
      ? []
      : [`${name}: ${(middle / (bodies('')[name].length / 1024)).toFixed(1)} µs`]
  })
  return lines.length === 0 ? [] : ['', `CPU that guards add per KB of text: ${lines.join(', ')}`]
}

const unique = (names: readonly string[]) => [...new Set(names)]

const shown = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? ''
