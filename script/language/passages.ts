// Turns a file into passages: stretches of text that the language check reads in the same way.

import { type Token, tokensOf } from './tokens.ts'

export interface Passage {
  /** `name`: parts of identifiers, of one-word strings and of the file's name. `text`: a string with spaces. */
  kind: 'comment' | 'name' | 'text' | 'page'
  text: string
  line: number
}

// One-word strings in these folders are the keys and values of vendors' wire formats, or the sample data of a test.
const wireFolders = ['src/traffic/', 'test/', 'bench/']
const wireText = /^\s*(?:[[{<]|data:|event:|[\w-]+: \S+\\r)/

export function passagesOf(file: string, content: string): Passage[] {
  const passages = file.endsWith('.md') ? page(content) : code(file, content)
  const name = file.replace(/^.*\//, '').replace(/\.\w+$/, '')
  return [{ kind: 'name', text: parts(name), line: 1 }, ...passages]
}

function code(file: string, content: string): Passage[] {
  const isWire = wireFolders.some((folder) => file.startsWith(folder)) || file.endsWith('.test.ts')
  const passages: Passage[] = []
  let comments: Token[] = []
  const endComment = () => {
    const first = comments[0]
    if (first) {
      passages.push({ kind: 'comment', text: comments.map(commentText).join('\n'), line: first.line })
    }
    comments = []
  }
  let before = ''
  for (const token of tokensOf(content)) {
    const last = comments.at(-1)
    if (token.kind !== 'comment' || (last && last.line + 1 !== token.line)) endComment()
    if (token.kind === 'comment') {
      comments.push(token)
      continue
    }
    if (token.kind === 'identifier')
      passages.push({ kind: 'name', text: parts(token.text), line: token.line })
    const isString = token.kind === 'string' || token.kind === 'template'
    const isImport = token.kind === 'string' && (before === 'from' || before === 'import')
    if (isString && !isImport) {
      const isText = /[a-z]\S*\s+\S*[a-z]/i.test(token.text)
      if (isText && !wireText.test(token.text)) {
        passages.push({ kind: 'text', text: withoutCode(token.text), line: token.line })
      } else if (!isText && !isWire)
        passages.push({ kind: 'name', text: parts(token.text), line: token.line })
    }
    before = token.text
  }
  endComment()
  return passages
}

function commentText({ text }: Token): string {
  return withoutCode(text.replace(/^[ \t]*\*? ?/gm, ''))
}

/** `retryAfterMs` → "retry after ms": the words that a name consists of. */
function parts(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/[^A-Za-z]+/g, ' ')
    .toLowerCase()
    .trim()
}

/** Code inside of prose is a name that another place owns. A stand-in keeps the sentence in one piece. */
function withoutCode(text: string): string {
  return text.replace(/`[^`\n]*`/g, (code) => 'x'.repeat(code.length)).replace(/https?:\/\/\S+/g, 'x')
}

/** The paragraphs, rows and headings of a Markdown page, each without its code. */
function page(content: string): Passage[] {
  const passages: Passage[] = []
  let isCode = false
  let start = 1
  let lines: string[] = []
  const end = () => {
    if (lines.length > 0) passages.push({ kind: 'page', text: withoutCode(lines.join('\n')), line: start })
    lines = []
  }
  for (const [index, line] of content.split('\n').entries()) {
    const isFence = /^\s*(?:>\s*)?```/.test(line)
    if (isFence) isCode = !isCode
    const text = line.replace(/\]\([^)]*\)/g, ']').replace(/<[^>]*>/g, '')
    if (isFence || isCode || /^\s*$/.test(line) || /^\s*(?:#|[-*] |\d+\. |\|)/.test(line)) end()
    if (isFence || isCode || /^\s*$/.test(line)) continue
    if (lines.length === 0) start = index + 1
    // Headings may be questions without a question mark.
    lines.push(text.startsWith('#') ? text.replace(/^#+\s*/, '# ') : text)
  }
  end()
  return passages
}
