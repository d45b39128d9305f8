// The most characters that an RE2 expression can match: Infinity when it repeats without bound, or when this
// reader does not follow it.

/**
 * An upper bound in UTF-16 units. Reads RE2's syntax (github.com/google/re2/wiki/Syntax); the expression is
 * already known to compile.
 */
export function longestMatch(source: string): number {
  const reader = { source, at: 0 }
  const longest = alternatives(reader)
  return reader.at === source.length ? longest : Number.POSITIVE_INFINITY
}

interface Reader {
  source: string
  at: number
}

function alternatives(reader: Reader): number {
  let longest = sequence(reader)
  while (reader.source[reader.at] === '|') {
    reader.at += 1
    longest = Math.max(longest, sequence(reader))
  }
  return longest
}

function sequence(reader: Reader): number {
  let total = 0
  while (
    reader.at < reader.source.length &&
    reader.source[reader.at] !== '|' &&
    reader.source[reader.at] !== ')'
  ) {
    const length = atom(reader)
    const times = repetition(reader)
    total += length === 0 || times === 0 ? 0 : length * times
  }
  return total
}

// a character outside the basic plane takes two units, and a class may hold such
const widest = 2

function atom(reader: Reader): number {
  const { source } = reader
  if (source[reader.at] === '(') return group(reader)
  const token = tokens.find(([pattern]) => {
    pattern.lastIndex = reader.at
    return pattern.test(source)
  })
  if (!token) {
    reader.at += 1
    return Number.POSITIVE_INFINITY
  }
  reader.at = token[0].lastIndex
  return token[1]
}

const tokens: readonly (readonly [RegExp, number])[] = [
  [/\[\^?\]?(?:\[:\^?[a-z]+:\]|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\[^]|[^\]\\])*\]/y, widest],
  [/\\Q/y, Number.POSITIVE_INFINITY],
  [/\\[bBAzZ]|[\^$]/y, 0],
  [/\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\x[0-9A-Fa-f]{2}|\\[0-7]{1,3}|\\[^]/y, widest],
  [/[\ud800-\udbff][\udc00-\udfff]|\.|[\u{80}-\u{10ffff}]/uy, widest],
  [/[^\\[({*+?]/y, 1],
]

function group(reader: Reader): number {
  const head = /\((?:\?(?:P?<[^>]*>|[A-Za-z-]*(:|\))))?/y
  head.lastIndex = reader.at
  const found = head.exec(reader.source)
  reader.at = head.lastIndex
  // flags alone, `(?i)`
  if (found?.[1] === ')') return 0
  const longest = alternatives(reader)
  if (reader.source[reader.at] !== ')') return Number.POSITIVE_INFINITY
  reader.at += 1
  return longest
}

function repetition(reader: Reader): number {
  const pattern = /(?:([*+])|(\?)|\{([0-9]+)(?:(,)([0-9]*))?\})\??/y
  pattern.lastIndex = reader.at
  const found = pattern.exec(reader.source)
  if (!found) return 1
  reader.at = pattern.lastIndex
  if (found[1]) return Number.POSITIVE_INFINITY
  if (found[2]) return 1
  if (!found[4]) return Number(found[3])
  return found[5] ? Number(found[5]) : Number.POSITIVE_INFINITY
}
