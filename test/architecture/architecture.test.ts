// Checks the borders of rules.ts for every import of the sources, including type imports.

import { describe, expect, test } from 'bun:test'
import { dirname, join, normalize, relative } from 'node:path'
import { Glob } from 'bun'
import { importRules, textRules } from './rules.ts'

const root = join(import.meta.dir, '..', '..')

interface Source {
  file: string
  code: string
  imports: string[]
}

const sources: Source[] = []
for (const folder of ['src', 'test', 'script', 'bench']) {
  for (const found of new Glob(`${folder}/**/*.ts`).scanSync({ cwd: root })) {
    if (found.includes('node_modules')) continue
    const file = found.replaceAll('\\', '/')
    const text = await Bun.file(join(root, file)).text()
    sources.push({ file, code: withoutComments(text), imports: importsOf(file, text) })
  }
}
const known = new Set(sources.map((source) => source.file))

function importsOf(file: string, text: string): string[] {
  const found: string[] = []
  for (const match of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)) {
    const target = match[1]
    if (target) found.push(relative(root, normalize(join(root, dirname(file), target))).replaceAll('\\', '/'))
  }
  return found
}

// Removes line and block comments, which may mention anything. A comment needs a space before `//`, so that
// strings with `//` stay.
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

describe('borders', () => {
  for (const rule of importRules) {
    test(rule.name, () => {
      expect(rule.from(rule.example.from) && rule.forbids(rule.example.to, rule.example.from)).toBe(true)
      const broken = sources.flatMap(({ file, imports }) =>
        rule.from(file)
          ? imports
              .filter((to) => rule.forbids(to, file))
              .map((to) => `${file} imports ${to}. ${rule.reason}`)
          : [],
      )
      expect(broken).toEqual([])
    })
  }

  for (const rule of textRules) {
    test(rule.name, () => {
      expect(rule.from(rule.example.file) && rule.forbidden.test(rule.example.text)).toBe(true)
      const broken = sources.flatMap(({ file, code }) => {
        const match = rule.from(file) ? rule.forbidden.exec(code) : null
        return match ? [`${file} has "${match[0]}". ${rule.reason}`] : []
      })
      expect(broken).toEqual([])
    })
  }

  test('there are no import cycles', () => {
    expect(
      cycle(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'c', 'a'])
    const graph = new Map(
      sources
        .filter(({ file }) => file.startsWith('src/'))
        .map(({ file, code }) => [file, importsOf(file, code)]),
    )
    expect(cycle(graph)).toEqual([])
  })

  test('every relative import leads to a file', () => {
    const lost = sources.flatMap(({ file, imports }) =>
      imports.filter((to) => to.endsWith('.ts') && !known.has(to)).map((to) => `${file} → ${to}`),
    )
    expect(lost).toEqual([])
  })

  test('no file mentions the machine that it was written on', () => {
    const pattern = /["'`\s(]\/(?:work|root|home)\//
    expect(sources.filter(({ code }) => pattern.test(code)).map(({ file }) => file)).toEqual([])
  })
})

/** The first cycle found, as a path that ends where it began. Empty if there is no cycle. */
function cycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const path: string[] = []
  const visit = (node: string): string[] => {
    if (done.has(node)) return []
    const at = path.indexOf(node)
    if (at >= 0) return [...path.slice(at), node]
    path.push(node)
    for (const next of graph.get(node) ?? []) {
      const found = visit(next)
      if (found.length > 0) return found
    }
    path.pop()
    done.add(node)
    return []
  }
  for (const node of graph.keys()) {
    const found = visit(node)
    if (found.length > 0) return found
  }
  return []
}
