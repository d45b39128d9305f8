// How the catalog's patterns are read.

/** Stars stand only at the ends, digits only where the start is fixed; so no pattern takes longer than its text. */
export function matches(pattern: string, name: string): boolean {
  const isOpenLeft = pattern.startsWith('*')
  const isOpenRight = pattern.endsWith('*')
  const body = pattern.slice(isOpenLeft ? 1 : 0, isOpenRight ? -1 : undefined)
  if (isOpenLeft) return isOpenRight ? name.includes(body) : name.endsWith(body)
  if (body.includes('#')) return (isOpenRight ? name.length >= body.length : name.length === body.length) && startsWithDigits(name, body)
  return isOpenRight ? name.startsWith(body) : name === body
}

function startsWithDigits(name: string, body: string): boolean {
  for (let index = 0; index < body.length; index += 1) {
    const wanted = body[index]
    const found = name[index] ?? ''
    if (wanted === '#' ? found < '0' || found > '9' : found !== wanted) return false
  }
  return true
}
