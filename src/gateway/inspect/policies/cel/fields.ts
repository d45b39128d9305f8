// The declared fields of contract/decide.ts, each with how it is read from the input: no value is created for
// a field that is not read. They behave like fields of a message: a missing field reads as its zero value,
// and `has()` reports whether it is present.

import { policyFields } from '../../../../contract/decide.ts'
import type { DecisionInput, Fact } from '../../../../contract/decide.ts'
import { operationKinds, resourceKinds } from '../../../../contract/resource.ts'
import { bool, double, dyn, int, listOf, mapOf, string } from './types.ts'
import type { Type } from './types.ts'

/** A declared field without a reader here does not compile. */
type FieldPath = Exclude<Fact, 'content'>

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const nanoPerDollar = 1e9
const noArguments = Object.freeze({})

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
  'resource.traits': (input) => input.traits(),
  'operation.kind': (input) => input.operation.kind,
  'operation.direction': (input) => input.operation.direction,
  'operation.dialect': (input) => input.operation.dialect,
  'operation.streaming': (input) => input.operation.isStreaming,
  'operation.bytes': (input) => input.operation.bytes,
  'operation.maxOutputTokens': (input) => input.operation.facts.maxOutputTokens ?? 0,
  'operation.tools': (input) => input.operation.facts.tools,
  'operation.media': (input) => input.operation.facts.media,
  'operation.arguments': (input) => input.operation.arguments?.() ?? noArguments,
  'run.calls': ({ run }) => run.calls,
  'run.depth': ({ run }) => run.depth,
  'run.tokens': ({ run }) => run.tokens,
  'run.cost': ({ run }) => Number(run.costNano) / nanoPerDollar,
  'run.seconds': ({ run, at }) => Math.max(0, Math.floor((at - run.startedAt) / 1000)),
  'run.findings': ({ run }) => run.findings,
  'run.marks': ({ run }) => run.marks,
  'request.address': (input) => input.address,
  // UTC; 0 is Sunday, as in CEL's getDayOfWeek (the epoch was a Thursday)
  'request.hour': (input) => Math.floor(input.at / hourMs) % 24,
  'request.weekday': (input) => (Math.floor(input.at / dayMs) + 4) % 7,
  phase: (input) => input.phase,
}

const isField = (path: string): path is FieldPath => Object.hasOwn(readers, path)
export const factsBelow = (root: string): readonly FieldPath[] =>
  Object.keys(readers)
    .filter(isField)
    .filter((path) => path.startsWith(`${root}.`))

/** Enumerated fields: comparing one with any other value is a mistake, because it never matches. */
const wordsOf: Readonly<Record<string, readonly string[]>> = {
  phase: ['request', 'response'],
  'resource.kind': resourceKinds,
  'operation.kind': operationKinds,
  'operation.direction': ['forward', 'reverse'],
}

export interface Field {
  path: FieldPath
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

/** Names below a root (`subject` → `key`, `team`, …); undefined if the root is itself a field. */
export function fieldsOf(root: string): readonly string[] | undefined {
  for (const [name, declared] of Object.entries(policyFields)) {
    if (name === root) return typeof declared === 'string' ? undefined : Object.keys(declared)
  }
  return undefined
}

export const fields: ReadonlyMap<string, Field> = new Map(
  Object.entries(policyFields).flatMap(([root, declared]) => {
    const leaves: [string, string][] =
      typeof declared === 'string'
        ? [[root, declared]]
        : Object.entries(declared).map(([name, type]) => [`${root}.${name}`, type])
    return leaves.map(([path, type]): [string, Field] => [
      path,
      { ...readerOf(path), type: declaredTypes[type] ?? dyn, ...(wordsOf[path] && { words: wordsOf[path] }) },
    ])
  }),
)

function readerOf(path: string): Pick<Field, 'path' | 'read'> {
  if (isField(path)) return { path, read: readers[path] }
  throw new Error(`no reader for the declared field ${path}`)
}
