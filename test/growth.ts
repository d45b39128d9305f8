// How the cost of something grows with its input, told so that a busy machine cannot make a test red: CPU
// time of this process instead of the clock on the wall, the best of several rounds, and a bound between
// linear and quadratic that is far from both.

const floorMs = 4

/**
 * @param run does the work for an input of that size
 * @returns cost at `large` ÷ cost at `small`: about large/small when linear, its square when quadratic. Stops
 * early once it is at most `enough`.
 */
export async function growth(
  run: (size: number) => unknown,
  small: number,
  large: number,
  enough: number,
): Promise<number> {
  await run(small)
  let bestSmall = Number.POSITIVE_INFINITY
  let bestLarge = Number.POSITIVE_INFINITY
  let ratio = Number.POSITIVE_INFINITY
  for (let round = 0; round < 6 && ratio > enough; round += 1) {
    bestSmall = Math.min(bestSmall, await cpuMs(run, small))
    bestLarge = Math.min(bestLarge, await cpuMs(run, large))
    ratio = bestLarge / Math.max(bestSmall, floorMs)
  }
  return ratio
}

async function cpuMs(run: (size: number) => unknown, size: number): Promise<number> {
  const before = process.cpuUsage()
  await run(size)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
