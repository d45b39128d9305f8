// Reads the members of an interface out of a declaration file: enough TypeScript for the generated types of the official SDKs, and no more.

import { readFileSync } from 'node:fs'

/** Names of the members of `interface NAME` itself, without those that it extends. @throws Error when there is no such interface, or it is empty */
export function membersOf(file: string, name: string): string[] {
  const source = withoutComments(readFileSync(new URL(`../../node_modules/${file}`, import.meta.url), 'utf8'))
  const head = new RegExp(`\\binterface ${name}\\b[^{]*\\{`).exec(source)
  if (!head) throw new Error(`${file} has no interface ${name}`)
  const members = namesIn(source, head.index + head[0].length)
  if (members.length === 0) throw new Error(`no members were found in ${name} of ${file}`)
  return members
}

const withoutComments = (source: string) => source.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

/** From behind an opening brace to the one that closes it; only what stands at the outermost depth begins a member. */
function namesIn(source: string, from: number): string[] {
  const names: string[] = []
  let depth = 0
  let member = ''
  for (let at = from; at < source.length; at += 1) {
    const letter = source[at] ?? ''
    if ('{[(<'.includes(letter)) depth += 1
    // an arrow is no bracket
    if ('}])>'.includes(letter) && source.slice(at - 1, at + 1) !== '=>') depth -= 1
    if (depth < 0) return names
    member += letter
    if (letter !== ';' || depth > 0) continue
    const [, name] = /^\s*(?:readonly )?['"]?([\w-]+)['"]?\??:/.exec(member) ?? []
    if (name !== undefined) names.push(name)
    member = ''
  }
  throw new Error('the interface does not end')
}
