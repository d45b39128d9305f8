// The results as a Markdown table: medians over the repetitions, and ratios to nginx within the same repetition.

import type { Measured } from './run.ts'

export function table(results: readonly Measured[]): string {
  const lines = ['| case | contender | CPU µs | × nginx | calls/s | p50 ms | p99 ms | RSS MB | failed |', '|---|---|---|---|---|---|---|---|---|']
  for (const name of unique(results.map((row) => row.case))) {
    const ofCase = results.filter((row) => row.case === name)
    for (const contender of unique(ofCase.map((row) => row.contender))) {
      const rows = ofCase.filter((row) => row.contender === contender)
      const ratios = rows.flatMap((row) => {
        const floor = ofCase.find((other) => other.contender === 'nginx' && other.repetition === row.repetition)
        const [mine, its] = row.cpuUs === undefined ? [row.rssMb, floor?.rssMb] : [row.cpuUs, floor?.cpuUs]
        return mine !== undefined && its ? [mine / its] : []
      })
      const cell = (pick: (row: Measured) => number | undefined, digits: number) => median(rows.map(pick))?.toFixed(digits) ?? ''
      lines.push(
        `| ${name} | ${contender} | ${cell((row) => row.cpuUs, 1)} | ${median(ratios)?.toFixed(2) ?? ''} | ${cell((row) => row.callsPerSecond, 0)} | ${cell((row) => row.p50Ms, 2)} | ${cell((row) => row.p99Ms, 2)} | ${cell((row) => row.rssMb, 0)} | ${cell((row) => row.failed, 0)} |`,
      )
    }
  }
  return lines.join('\n')
}

const unique = (names: readonly string[]) => [...new Set(names)]

function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((left, right) => left - right)
  return known.length === 0 ? undefined : known[Math.floor(known.length / 2)]
}
