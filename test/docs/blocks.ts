// The fenced blocks of a page. The first word after the fence is the language. The others are the task of a
// test with the block (see story.ts).

export interface Block {
  language: string
  /** `test`, `start`, `output`, …. Empty means that the block is only text for the reader. */
  task: string
  text: string
  /** The number of its first line, from 1. */
  line: number
}

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^\s*```(.*)$/.exec(line)
    if (open && fence) {
      blocks.push(open)
      open = undefined
    } else if (open) open.text += `${line}\n`
    else if (fence) {
      const [language = '', task = ''] = (fence[1] ?? '').trim().split(/\s+/)
      open = { language, task, text: '', line: index + 2 }
    }
  }
  if (open) throw new Error(`the block of line ${open.line} does not end`)
  return blocks
}

/** Targets of Markdown links, except links inside code. */
export function linksOf(page: string): string[] {
  const prose = page.replaceAll(/^\s*```[\s\S]*?^\s*```/gm, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((found) => found[1] ?? '')
}

/** The headings of a page as GitHub writes them in URLs. */
export function anchorsOf(page: string): string[] {
  const headings = page.split('\n').flatMap((line) => /^#{1,6} (.*)$/.exec(line)?.[1] ?? [])
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
