// Reads the YAML of the configuration and of the files that it includes, and remembers the line of everything.

import type { Document, Node } from 'yaml'
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path'
import { findPlace, openFile, placeOfNode, toData } from './file.ts'
import type { File } from './file.ts'
import type { Locate, Problem } from './problem.ts'

/** Sections whose entries may be in several files. */
export const sections = [
  'providers',
  'mcpServers',
  'agents',
  'models',
  'prices',
  'teams',
  'workloads',
  'people',
  'keys',
  'guards',
  'policies',
] as const
export type Section = (typeof sections)[number]

export interface Source {
  /** Sections merged over all files; plain data, not yet checked. */
  data: Readonly<Record<string, unknown>>
  locate: Locate
  /** Syntax errors, names defined twice, files that cannot be read. */
  problems: readonly Problem[]
  /** The files to watch: absolute paths, the main file first, and the patterns of `include`. */
  files: readonly string[]
}

/**
 * @param path of the main file
 * @param prepare runs on each document before it becomes data (substitution of environment variables)
 */
export function readSource(
  path: string,
  prepare: (document: Document.Parsed, problem: (node: Node, message: string, fix: string) => void) => void,
): Source {
  const problems: Problem[] = []
  const files: File[] = []
  const paths: string[] = []
  // No prototype, because the author of the file chooses the keys.
  const data: Record<string, unknown> = Object.create(null)
  const owners = new Map<string, File>()

  const read = (name: string, shown: string): unknown => {
    paths.push(name)
    const file = openFile(name, shown, problems)
    if (!file) return undefined
    files.push(file)
    if (file.hasReferences)
      prepare(file.document, (node, message, fix) =>
        problems.push({ severity: 'error', path: '', ...placeOfNode(file, node), message, fix }),
      )
    return toData(file, problems)
  }
  const take = (content: unknown, file: File | undefined, isMain: boolean) => {
    for (const [key, value] of entriesOf(content)) {
      const section = sections.find((name) => name === key)
      if (!section) {
        if (isMain) data[key] = value
        else if (file)
          problems.push({
            severity: 'error',
            path: '',
            ...findPlace(file, [key], 'key'),
            message: `"${key}" is not allowed in an included file`,
            fix: `move it to the main file; included files may have ${sections.join(', ')}`,
          })
        if (isMain && file) owners.set(key, file)
        continue
      }
      mergeSection(section, value, file)
    }
  }
  const mergeSection = (section: Section, value: unknown, file: File | undefined) => {
    if (!isRecord(value)) {
      // An empty section is valid. The schema reports any other value.
      if (value !== null && value !== undefined) data[section] = value
      else data[section] ??= {}
      if (file) owners.set(section, file)
      return
    }
    const existing = data[section]
    const merged: Record<string, unknown> = isRecord(existing) ? existing : Object.create(null)
    for (const [name, entry] of Object.entries(value)) {
      const id = `${section}\n${name}`
      const owner = owners.get(id)
      if (owner && file) {
        const first = findPlace(owner, [section, name], 'key')
        problems.push({
          severity: 'error',
          path: '',
          ...findPlace(file, [section, name], 'key'),
          message: `${section}.${name} is defined twice: also at ${first.file}:${first.line}`,
          fix: 'keep one of the two, or rename it',
        })
        continue
      }
      if (file) owners.set(id, file)
      merged[name] = entry
    }
    data[section] = merged
    if (file && !owners.has(section)) owners.set(section, file)
  }

  const main = read(path, basename(path))
  const mainFile = files[0]
  if (main !== undefined && main !== null && !isRecord(main))
    problems.push({
      severity: 'error',
      path: '',
      file: basename(path),
      line: 1,
      column: 1,
      message: 'the file is not a map of settings',
      fix: 'begin with "version: 1"',
    })
  take(main, mainFile, true)
  for (const included of includedFiles(path, data['include'], (message, fix) => {
    problems.push({
      severity: 'warning',
      path: 'include',
      ...(mainFile && findPlace(mainFile, ['include'], 'value')),
      message,
      fix,
    })
  })) {
    const before = files.length
    const content = read(included, relative(dirname(resolve(path)), included))
    take(content, files[before], false)
  }

  // Watch the patterns, too, so that the first file that a pattern matches is noticed.
  for (const pattern of Array.isArray(data['include']) ? data['include'] : [])
    if (typeof pattern === 'string') paths.push(resolve(dirname(path), pattern))

  const locate: Locate = (at, what) => {
    const [section, name] = at
    const owner = owners.get(`${String(section)}\n${String(name)}`) ?? owners.get(String(section)) ?? mainFile
    return owner ? findPlace(owner, at, what) : { file: basename(path) }
  }
  return { data, locate, problems, files: paths }
}

function includedFiles(
  path: string,
  patterns: unknown,
  problem: (message: string, fix: string) => void,
): string[] {
  if (!Array.isArray(patterns)) return []
  const folder = dirname(resolve(path))
  const found = new Set<string>()
  for (const pattern of patterns) {
    if (typeof pattern !== 'string') continue
    const isPattern = /[*?[{]/.test(pattern)
    const matches = isPattern
      ? [...new Bun.Glob(pattern).scanSync({ cwd: folder, absolute: true, onlyFiles: true })].sort()
      : [isAbsolute(pattern) ? pattern : resolve(folder, pattern)]
    if (matches.length === 0) problem(`"${pattern}" matches no file`, `patterns are relative to ${folder}`)
    for (const match of matches) if (match !== resolve(path)) found.add(match)
  }
  return [...found]
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const entriesOf = (value: unknown): [string, unknown][] => (isRecord(value) ? Object.entries(value) : [])
