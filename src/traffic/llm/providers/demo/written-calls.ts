// Calls that the user wrote out: the name of an offered tool, followed by its arguments as a JSON object,
// `read_file {"path": "notes.txt"}` or `read_file({…})`. They are made exactly as written.

import type { DemoTool } from './request.ts'

export interface PlannedCall {
  name: string
  /** JSON text. */
  arguments: string
}

/** One round per part of the text (`…, then …`). Empty if no calls are written out. */
export function writtenCalls(said: string, tools: readonly DemoTool[]): readonly (readonly PlannedCall[])[] {
  const names = new Set(tools.map(({ name }) => name))
  const rounds: PlannedCall[][] = []
  let from = 0
  for (const head of said.matchAll(/([\w.:/-]{1,128})`?\s{0,2}\(?\s{0,2}(?=\{)/g)) {
    const name = head[1] ?? ''
    if (head.index < from || !names.has(name)) continue
    const start = head.index + head[0].length
    const text = objectAt(said, start)
    if (text === undefined) continue
    const isNext = rounds.length === 0 || /\bthen\b/i.test(said.slice(from, head.index))
    const call = { name, arguments: text }
    if (isNext) rounds.push([call])
    else rounds.at(-1)?.push(call)
    from = start + text.length
  }
  return rounds
}

/** The JSON object that begins at this position. Undefined if there is none. */
function objectAt(said: string, start: number): string | undefined {
  let depth = 0
  let isQuoted = false
  for (let at = start; at < said.length; at += 1) {
    const letter = said[at]
    if (isQuoted) {
      if (letter === '\\') at += 1
      else if (letter === '"') isQuoted = false
    } else if (letter === '"') isQuoted = true
    else if (letter === '{') depth += 1
    else if (letter === '}' && (depth -= 1) === 0)
      return isJson(said.slice(start, at + 1)) ? said.slice(start, at + 1) : undefined
  }
  return undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
