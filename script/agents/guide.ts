// Reads the settings from the guides, so that the agents run exactly as the guides describe.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The one fenced block of a language. */
export function blockOf(guide: string, language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(read(guide))?.[1]
  if (found === undefined) throw new Error(`docs/guides/${guide}.md has no block of ${language}`)
  return found
}

/** The variables that a guide exports, with the values of this run. */
export function environmentOf(
  guide: string,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = [...read(guide).matchAll(/^export (\w+)=/gm)].map(([, name = '']) => name)
  const strange = names.filter((name) => values[name] === undefined)
  if (strange.length > 0)
    throw new Error(`docs/guides/${guide}.md exports ${strange.join(', ')}, for which a try has no value`)
  return Object.fromEntries(names.map((name) => [name, values[name] ?? '']))
}

/** The address of the gateway in the guides. */
export const guideUrl = 'http://127.0.0.1:8080'

const read = (guide: string): string =>
  readFileSync(join(import.meta.dir, '../../docs/guides', `${guide}.md`), 'utf8')
