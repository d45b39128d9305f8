// Checks the language of the tree: words to avoid, US spelling, and the shape of files.
//   bun script/language.ts [--check] [PATH…]    lists the findings; --check fails above the ceilings
//   bun script/language.ts --count [PATH…]      a table by folder
//   bun script/language.ts --shape [PATH…]      long lines, long functions, small files, circles of imports
//   bun script/language.ts --lower              lowers the ceilings to the current counts
// The word list is script/language/list.ts. The exceptions are in script/language/exceptions.ts.

import { readFileSync, writeFileSync } from 'node:fs'
import { Glob } from 'bun'
import { exceptions } from './language/exceptions.ts'
import { type Finding, findingsOf, used } from './language/findings.ts'
import { type Passage, passagesOf } from './language/passages.ts'
import { circles, longFunctions, longLines } from './language/shape.ts'

const mostExceptions = 20
const ceilingsFile = new URL('./language/ceilings.json', import.meta.url)
const kinds = ['comment', 'name', 'text', 'page'] as const
const roots = ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'script/**/*.ts', '**/*.md']

const options = new Set(process.argv.slice(2).filter((argument) => argument.startsWith('--')))
const paths = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))

interface Scanned {
  file: string
  content: string
  passages: Passage[]
  findings: Finding[]
}

const files = readFiles()
if (options.has('--shape')) printShape()
else if (options.has('--count')) printCounts()
else if (options.has('--lower')) lowerCeilings()
else checkWords()

function readFiles(): Scanned[] {
  const names = new Set(roots.flatMap((pattern) => [...new Glob(pattern).scanSync({ cwd: process.cwd() })]))
  return [...names]
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => !name.includes('node_modules/') && !name.endsWith('.generated.ts'))
    .filter((name) => paths.length === 0 || paths.some((path) => isUnder(name, path)))
    .sort()
    .map((file) => {
      const content = readFileSync(file, 'utf8')
      const passages = passagesOf(file, content)
      return { file, content, passages, findings: findingsOf(file, content, passages) }
    })
}

function isUnder(file: string, path: string): boolean {
  const folder = path.replace(/^\.\//, '').replace(/\/$/, '')
  return file === folder || file.startsWith(`${folder}/`)
}

/** The folder that a file is counted under: two levels in src, one level elsewhere. */
function folderOf(file: string): string {
  const folders = file.split('/').slice(0, -1)
  const depth = folders[0] === 'src' ? (folders[1] === 'traffic' ? 3 : 2) : folders[0] === 'docs' ? 2 : 1
  return folders.slice(0, depth).join('/') || '.'
}

function byFolder(): Map<string, Scanned[]> {
  const folders = new Map<string, Scanned[]>()
  for (const scanned of files) {
    const folder = folderOf(scanned.file)
    folders.set(folder, [...(folders.get(folder) ?? []), scanned])
  }
  return folders
}

function checkWords(): void {
  const ceilings: Record<string, number> = JSON.parse(readFileSync(ceilingsFile, 'utf8'))
  const complaints: string[] = []
  for (const [folder, scanned] of byFolder()) {
    const findings = scanned.flatMap((each) => each.findings)
    const ceiling = ceilings[folder] ?? 0
    if (options.has('--check') && findings.length <= ceiling) continue
    for (const { file, line, word, use } of findings) console.log(`${file}:${line}: ${word} → ${use}`)
    if (options.has('--check'))
      complaints.push(`${folder}: ${findings.length} words to avoid, at most ${ceiling} allowed`)
  }
  const unused = paths.length > 0 ? [] : exceptions.filter((exception) => !used.has(exception))
  for (const { word, under } of unused)
    complaints.push(`the exception for "${word}" in ${under ?? 'all files'} matches nothing`)
  if (exceptions.length > mostExceptions)
    complaints.push(`${exceptions.length} exceptions, at most ${mostExceptions} allowed`)
  if (!options.has('--check') || complaints.length === 0) return
  console.error(
    `${complaints.join('\n')}\nSee script/language/list.ts for the words and what to write instead.`,
  )
  process.exit(1)
}

function lowerCeilings(): void {
  const ceilings: Record<string, number> = JSON.parse(readFileSync(ceilingsFile, 'utf8'))
  const next = [...byFolder()].flatMap(([folder, scanned]) => {
    const count = scanned.reduce((sum, { findings }) => sum + findings.length, 0)
    const ceiling = Math.min(ceilings[folder] ?? count, count)
    return ceiling > 0 ? [[folder, ceiling] as const] : []
  })
  writeFileSync(ceilingsFile, `${JSON.stringify(Object.fromEntries(next), null, 2)}\n`)
}

function printCounts(): void {
  const rows: [string, Scanned[]][] = [...byFolder(), ['all', files]]
  console.log('Avoided words, in brackets per 10,000 words:')
  console.log(
    `| folder | ${kinds.map((kind) => `${kind}s`).join(' | ')} | all |\n|---|${'---:|'.repeat(kinds.length + 1)}`,
  )
  for (const [folder, scanned] of rows) {
    const cells = kinds.map((kind) => counted(scanned, (passage) => passage.kind === kind, kind))
    console.log(`| ${folder} | ${cells.join(' | ')} | ${counted(scanned, () => true)} |`)
  }
}

function counted(
  scanned: readonly Scanned[],
  isCounted: (passage: Passage) => boolean,
  kind?: Passage['kind'],
): string {
  let words = 0
  let hits = 0
  for (const { passages, findings } of scanned) {
    for (const passage of passages)
      if (isCounted(passage)) words += passage.text.match(/[A-Za-z]+/g)?.length ?? 0
    hits += findings.filter((finding) => kind === undefined || finding.kind === kind).length
  }
  return words === 0 ? '–' : `${hits} (${((hits / words) * 10_000).toFixed(1)})`
}

function printShape(): void {
  const sources = files.filter(({ file }) => file.endsWith('.ts'))
  let functions = 0
  let small = 0
  let long = 0
  for (const { file, content } of sources) {
    for (const line of longLines(content)) {
      long++
      console.log(`${file}:${line}: longer than 110 characters`)
    }
    for (const { line, name, lines } of longFunctions(content)) {
      functions++
      console.log(`${file}:${line}: ${name} has ${lines} lines`)
    }
    if (isSmall(content) && !file.endsWith('.test.ts')) {
      small++
      console.log(`${file}: ${content.split('\n').length - 1} lines`)
    }
  }
  const rings = circles(new Map(sources.map(({ file, content }) => [file, content])))
  for (const ring of rings) console.log(`circle: ${ring.join(' ↔ ')}`)
  const lines = sources.reduce((sum, { content }) => sum + content.split('\n').length - 1, 0)
  console.log(
    `${sources.length} files, ${lines} lines, ${small} files of at most 20 lines, ${functions} functions over 80 lines, ` +
      `${long} lines over 110 characters, ${rings.length} circles of imports`,
  )
}

function isSmall(content: string): boolean {
  return content.split('\n').length - 1 <= 20
}
