// The parts of a record that are stored in addition to its body: the names in its narrow row, and its marks.
// They are a pure function of the record, so that they can be removed with it.

import type { ExchangeRecord } from '../../../contract/record.ts'

/** The most names of one sort per record, because callers choose how many they send. */
const mostMarks = 32

/** U+0000 ends a text in SQLite's functions, and Postgres refuses it. */
export const clean = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text)

const optional = (text: string | undefined) => (text === undefined ? undefined : clean(text))

/** The name of a team's path: the team first, then its ancestors. Team names cannot contain the separator. */
const pathOf = (teams: readonly string[]): string => `path:${teams.join(' < ')}`
export const teamsOfPath = (path: string): string[] => path.slice('path:'.length).split(' < ')
export const teamOfPath = (path: string): string => teamsOfPath(path)[0] ?? ''

export interface RecordNames {
  kind: string
  key: string | undefined
  person: string | undefined
  workload: string | undefined
  /** The path of its team. */
  team: string | undefined
  model: string
  target: string | undefined
  destination: string | undefined
  outcome: string
  code: string | undefined
}

export function namesOf(record: ExchangeRecord): RecordNames {
  const teams = teamsOf(record)
  const target = optional(record.target ?? record.attempts.at(-1)?.target)
  return {
    kind: clean(record.kind),
    key: optional(record.key),
    person: optional(record.person),
    workload: optional(record.workload),
    team: teams.length > 0 ? pathOf(teams) : undefined,
    model: clean(record.resource.name),
    target,
    destination: optional(record.destination) ?? destinationOf(target),
    outcome: clean(record.outcome),
    code: optional(record.code),
  }
}

export const teamsOf = ({ team, teamPath }: ExchangeRecord): readonly string[] =>
  (teamPath ?? (team === undefined ? [] : [team])).map(clean)

export const destinationOf = (target: string | undefined): string | undefined => target?.split('/', 1)[0]

/** A caller can send names that do not exist. They are on the record, but not in roll-ups. */
export const namesNothing = ({ code }: ExchangeRecord): boolean =>
  code === 'unknown-model' || code === 'unknown-tool' || code === 'unknown-agent'

export const tagsOf = ({ tags = {} }: ExchangeRecord): string[] =>
  Object.entries(tags)
    .slice(0, mostMarks)
    .map(([name, value]) => clean(`${name}=${value}`))

/** Names that find a record in addition to its columns. */
export function marksOf(record: ExchangeRecord): ReadonlySet<string> {
  const marks = new Set<string>()
  for (const tag of tagsOf(record)) marks.add(markOf.tag(tag))
  for (const { name } of (record.policies ?? []).slice(0, mostMarks)) marks.add(markOf.policy(clean(name)))
  for (const counts of Object.values(record.findings ?? {})) {
    for (const label of Object.keys(counts ?? {}).slice(0, mostMarks))
      for (const part of partsOf(clean(label))) marks.add(markOf.finding(part))
  }
  return marks
}

/** Records of earlier builds have a mark for each team of their path, too. */
export const oldMarksOf = (record: ExchangeRecord): string[] => teamsOf(record).map((team) => `team:${team}`)

export const markOf = {
  tag: (tag: string) => `tag:${tag}`,
  policy: (name: string) => `policy:${name}`,
  finding: (label: string) => `finding:${label}`,
}

/** `pii/email` is found by its full name and by `pii`. */
function partsOf(label: string): string[] {
  const end = label.lastIndexOf('/')
  return end < 0 ? [label] : [label, ...partsOf(label.slice(0, end))]
}
