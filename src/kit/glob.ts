// The globs of grants and policies: `*` matches within a part, and everything after the first slash is one
// part. So `*` matches every plain name, `openai/*` every target of a provider (also `openai/org/model`), and
// `*/*` every target.

export type Glob = (name: string) => boolean

/** Compiles once; matching is linear in the name and allocates nothing. */
export function compileGlob(pattern: string): Glob {
  const slash = pattern.indexOf('/')
  if (slash < 0) {
    const matches = part(pattern)
    return (name) => !name.includes('/') && matches(name)
  }
  if (!pattern.includes('*')) return (name) => name === pattern
  const head = part(pattern.slice(0, slash))
  const tail = part(pattern.slice(slash + 1))
  return (name) => {
    const at = name.indexOf('/')
    return at >= 0 && head(name.slice(0, at)) && tail(name.slice(at + 1))
  }
}

/**
 * Matches the names of destinations for which the pattern can match something: `github` for
 * `github/create_*`.
 */
export const compileDestinationGlob = (pattern: string): Glob =>
  pattern.includes('/') ? part(pattern.slice(0, pattern.indexOf('/'))) : () => false

function part(pattern: string): Glob {
  const pieces = pattern.split('*')
  const first = pieces[0] ?? ''
  const last = pieces.at(-1) ?? ''
  if (pieces.length === 1) return (text) => text === pattern
  const middle = pieces.slice(1, -1)
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
      return false
    const end = text.length - last.length
    let from = first.length
    for (const piece of middle) {
      // the leftmost match is always the best one, because it leaves the most text for the rest
      const found = text.indexOf(piece, from)
      if (found < 0 || found + piece.length > end) return false
      from = found + piece.length
    }
    return true
  }
}
