// Splits declaration files into words and signs, without comments.

export interface Token {
  kind: 'name' | 'number' | 'string' | 'sign'
  /** Without quotes. */
  text: string
}

const pattern =
  /\/\*[\s\S]*?\*\/|\/\/.*|\s+|([A-Za-z_$][\w$]*)|(-?\d[\w.]*)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(=>|\.\.\.|[^\s])/g

export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  for (const [, name, number, single, double, sign] of source.matchAll(pattern)) {
    if (name !== undefined) tokens.push({ kind: 'name', text: name })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (single !== undefined || double !== undefined)
      tokens.push({ kind: 'string', text: single ?? double ?? '' })
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign })
  }
  return tokens
}
