// The results: counts per check and pair of dialects, and every difference with its recording.

export interface Difference {
  check: string
  pair: string
  recording: string
  what: string
}

interface Tally {
  compared: number
  equal: number
  different: number
  /** Reasons of refused requests → recordings. */
  refused: Map<string, string[]>
}

export class Report {
  readonly differences: Difference[] = []
  private readonly tallies = new Map<string, Tally>()

  /** One comparison. @param differences empty means equal */
  compared(check: string, pair: string, recording: string, differences: readonly string[]): void {
    const tally = this.tally(check, pair)
    tally.compared += 1
    if (differences.length === 0) tally.equal += 1
    else tally.different += 1
    for (const what of differences) this.differences.push({ check, pair, recording, what })
  }

  refused(check: string, pair: string, reason: string, recording: string): void {
    const { refused } = this.tally(check, pair)
    refused.set(reason, [...(refused.get(reason) ?? []), recording])
  }

  toJSON(): unknown {
    const rows = [...this.tallies].map(([key, { refused, ...tally }]) => ({
      ...named(key),
      ...tally,
      refused: Object.fromEntries(refused),
    }))
    return { rows, differences: this.differences }
  }

  table(): string {
    const rows = [...this.tallies].map(([key, { compared, equal, different, refused }]) => {
      const { check, pair } = named(key)
      const all = [...refused.values()].reduce((sum, recordings) => sum + recordings.length, 0)
      return [check, pair, String(compared), String(equal), String(all), String(different)]
    })
    return aligned([['check', 'pair', 'compared', 'equal', 'refused', 'different'], ...rows])
  }

  /** The reasons of refused requests, most frequent first. */
  refusals(): string {
    const reasons = new Map<string, number>()
    for (const { refused } of this.tallies.values())
      for (const [reason, { length }] of refused) reasons.set(reason, (reasons.get(reason) ?? 0) + length)
    return [...reasons]
      .toSorted(([, one], [, other]) => other - one)
      .map(([reason, count]) => `  ${String(count).padStart(5)}  ${reason}`)
      .join('\n')
  }

  private tally(check: string, pair: string): Tally {
    const key = `${check}\n${pair}`
    let tally = this.tallies.get(key)
    if (!tally) this.tallies.set(key, (tally = { compared: 0, equal: 0, different: 0, refused: new Map() }))
    return tally
  }
}

function named(key: string): { check: string; pair: string } {
  const [check = '', pair = ''] = key.split('\n')
  return { check, pair }
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n')
}
