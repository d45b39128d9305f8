// Splits TypeScript into the tokens that the language check reads. It is not a parser: it only tells code,
// comments, strings and regular expressions apart. Known limit: a regular expression directly after `)` is read
// as a division.

export interface Token {
  kind: 'identifier' | 'string' | 'template' | 'regex' | 'comment' | 'number' | 'punctuation'
  /** Strings and comments without their delimiters; all other tokens as written. */
  text: string
  line: number
}

const keywordsBeforeRegex = new Set(
  'await case delete do else in instanceof new of return throw typeof void yield'.split(' '),
)
const identifier = /[\p{ID_Start}$_#][\p{ID_Continue}$]*/uy
const number = /\d[\w.]*/y
const lineComment = /\/\/([^\n]*)/y
const blockComment = /\/\*([\s\S]*?)\*\//y
const quoted = /'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)"/y
const regex = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const templatePart = /((?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{)/y

export function tokensOf(code: string): Token[] {
  const tokens: Token[] = []
  // One entry per open template: how many braces are open inside its current `${`.
  const templates: number[] = []
  let at = 0
  let line = 1

  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    return pattern.exec(code) ?? undefined
  }
  const add = (kind: Token['kind'], text: string, length: number) => {
    tokens.push({ kind, text, line })
    for (let end = at + length; at < end; at++) if (code[at] === '\n') line++
  }
  const template = () => {
    const part = take(templatePart)
    if (!part) return add('punctuation', code[at] ?? '', 1)
    add('template', part[1] ?? '', part[0].length)
    if (part[2] === '${') templates.push(0)
  }

  while (at < code.length) {
    const character = code[at] ?? ''
    if (/\s/.test(character)) {
      if (character === '\n') line++
      at++
      continue
    }
    const comment = take(lineComment) ?? take(blockComment)
    const string = comment ? undefined : take(quoted)
    const name = comment || string ? undefined : take(identifier)
    const open = templates.at(-1)
    if (comment) add('comment', comment[1] ?? '', comment[0].length)
    else if (string) add('string', string[1] ?? string[2] ?? '', string[0].length)
    else if (name) add('identifier', name[0], name[0].length)
    else if (/\d/.test(character))
      add('number', take(number)?.[0] ?? character, take(number)?.[0].length ?? 1)
    else if (character === '/' && mayStartRegex(tokens) && take(regex)) {
      const found = take(regex)?.[0] ?? ''
      add('regex', found, found.length)
    } else if (character === '`') {
      at++
      template()
    } else if (character === '}' && open === 0) {
      templates.pop()
      at++
      template()
    } else {
      if (open !== undefined && character === '{') templates[templates.length - 1] = open + 1
      if (open !== undefined && character === '}') templates[templates.length - 1] = open - 1
      if (code.startsWith('=>', at)) add('punctuation', '=>', 2)
      else add('punctuation', character, 1)
    }
  }
  return tokens
}

function mayStartRegex(tokens: readonly Token[]): boolean {
  const last = tokens.findLast(({ kind }) => kind !== 'comment')
  if (!last) return true
  if (last.kind === 'identifier') return keywordsBeforeRegex.has(last.text)
  return last.kind === 'punctuation' && last.text !== ')' && last.text !== ']'
}
