// The middle of what is known.

export function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((left, right) => left - right)
  return known.length === 0 ? undefined : known[Math.floor(known.length / 2)]
}
