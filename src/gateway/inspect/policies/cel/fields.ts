// The declared fields of contract/decide.ts, each with how it is read from the input: nothing is built for a field that is not read.
// They behave like fields of a message: one that was not told reads as its zero value, and `has()` says whether it was told.

import { policyFields } from '../../../../contract/decide.ts'
import type { DecisionInput } from '../../../../contract/decide.ts'
import { bool, double, dyn, int, listOf, mapOf, string } from './types.ts'
import type { Type } from './types.ts'

type Declared = typeof policyFields
/** `phase`, `subject.key`, …: a field that is declared and not read here does not compile. */
type FieldPath = {
  [Root in keyof Declared]: Declared[Root] extends string ? Root : `${Root}.${keyof Declared[Root] & string}`
}[keyof Declared]

const hourMs = 3_600_000
const dayMs = 24 * hourMs

const readers: Record<FieldPath, (input: DecisionInput) => unknown> = {
  'subject.key': (input) => input.subject.key ?? '',
  'subject.person': (input) => input.subject.person ?? '',
  'subject.workload': (input) => input.subject.workload ?? '',
  'subject.team': (input) => input.subject.team,
  'subject.teams': (input) => input.subject.teamPath,
  'subject.tags': (input) => input.subject.tags,
  'subject.claims': (input) => input.subject.claims,
  'resource.kind': (input) => input.operation.resource.kind,
  'resource.name': (input) => input.operation.resource.name,
  'operation.kind': (input) => input.operation.kind,
  'operation.dialect': (input) => input.operation.dialect,
  'operation.streaming': (input) => input.operation.isStreaming,
  'operation.bytes': (input) => input.operation.bytes,
  'operation.maxOutputTokens': (input) => input.operation.facts.maxOutputTokens ?? 0,
  'operation.tools': (input) => input.operation.facts.tools,
  'operation.media': (input) => input.operation.facts.media,
  'request.address': (input) => input.address,
  // UTC; 0 is Sunday, as in CEL's getDayOfWeek (the epoch was a Thursday)
  'request.hour': (input) => Math.floor(input.at / hourMs) % 24,
  'request.weekday': (input) => (Math.floor(input.at / dayMs) + 4) % 7,
  phase: (input) => input.phase,
}

/** Fields with a few values: to compare one with anything else is a mistake, which would never match. */
const wordsOf: Readonly<Record<string, readonly string[]>> = {
  phase: ['request', 'response'],
  'resource.kind': ['model', 'tool', 'agent'],
  'operation.kind': ['model.generate', 'model.embed', 'model.list', 'tool.call', 'tool.list', 'agent.send'],
}

export interface Field {
  type: Type
  /** All values that it can have. Absent: any. */
  words?: readonly string[]
  read: (input: DecisionInput) => unknown
}

const declaredTypes: Readonly<Record<string, Type>> = {
  string,
  int,
  double,
  bool,
  'list<string>': listOf(string),
  'map<string>': mapOf(string, string),
  'map<dyn>': mapOf(string, dyn),
}

export const roots: readonly string[] = Object.keys(policyFields)

/** Names below a root (`subject` → `key`, `team`, …); undefined for a root that is itself a field. */
export function fieldsOf(root: string): readonly string[] | undefined {
  for (const [name, declared] of Object.entries(policyFields)) {
    if (name === root) return typeof declared === 'string' ? undefined : Object.keys(declared)
  }
  return undefined
}

export const fields: ReadonlyMap<string, Field> = new Map(
  Object.entries(policyFields).flatMap(([root, declared]) => {
    const leaves: [string, string][] =
      typeof declared === 'string' ? [[root, declared]] : Object.entries(declared).map(([name, type]) => [`${root}.${name}`, type])
    return leaves.map(([path, type]): [string, Field] => [
      path,
      { type: declaredTypes[type] ?? dyn, read: readerOf(path), ...(wordsOf[path] && { words: wordsOf[path] }) },
    ])
  }),
)

function readerOf(path: string): Field['read'] {
  for (const [name, read] of Object.entries(readers)) if (name === path) return read
  throw new Error(`no reader for the declared field ${path}`)
}
