// The "did you mean" of every error message: the known name that is closest to the given one.

/**
 * @returns the nearest of `known` within two edits (one for names of up to four characters), if there is one.
 */
export function findNearest(written: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = written.length <= 4 ? 2 : 3
  for (const name of known) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein with transpositions. Returns `limit` as soon as the distance cannot be lower. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) >= limit) return limit
  let before: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= right.length; j += 1) {
      const substitution = at(previous, j - 1) + (left[i - 1] === right[j - 1] ? 0 : 1)
      let cost = Math.min(at(previous, j) + 1, at(row, j - 1) + 1, substitution)
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1])
        cost = Math.min(cost, at(before, j - 2) + 1)
      row.push(cost)
    }
    if (Math.min(...row) >= limit) return limit
    before = previous
    previous = row
  }
  return at(previous, right.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? Number.POSITIVE_INFINITY
