// Checks the configuration. Every entry of every section is checked separately, so that one mistake does not
// hide another.

import { findNearest } from '../../kit/nearest.ts'
import type { z } from 'zod'
import { destinationSections, grantKind } from '../../contract/resource.ts'
import { checkValue } from './issues.ts'
import type { Kinds } from './kinds.ts'
import type { Path, Problems } from './problem.ts'
import { key, person, team, workload } from './schema/access.ts'
import { model, price } from './schema/model.ts'
import { destination } from './schema/destination.ts'
import { guard, policy } from './schema/rules.ts'
import { server } from './schema/server.ts'
import { isRecord, sections } from './source.ts'
import type { Section } from './source.ts'
import { nameProblem, personProblem } from './values.ts'

export const sectionSchemas = {
  providers: destination,
  mcpServers: destination,
  agents: destination,
  models: model,
  prices: price,
  teams: team,
  workloads: workload,
  people: person,
  keys: key,
  guards: guard,
  policies: policy,
} as const
export const serverSchemas = server

type Entries<Name extends Section> = ReadonlyMap<string, z.output<(typeof sectionSchemas)[Name]>>
type ServerConfig = { readonly [Name in keyof typeof server]?: z.output<(typeof server)[Name]> | undefined }

export type Configuration = { readonly [Name in Section]: Entries<Name> } & {
  server: ServerConfig
  /** Does the file have the section? */
  has(section: Section): boolean
  /** Is the name defined, even with mistakes? A reference to a broken entry is not a second mistake. */
  isDefined(section: Section, name: string): boolean
  names(section: Section): readonly string[]
}

/** Sections of later versions. */
const notYet: Readonly<Record<string, string>> = {
  persons: 'a later version adds sign-in; "people" has limits and budgets for the people who use keys',
  store: 'this build stores everything in the folder `data` (embedded)',
  counters: 'this build counts in memory, for one node',
  cache: 'this build does not cache responses',
  console: 'a later version adds the console; the admin API is at /admin/v1',
}

/** @param kinds sections of destinations are accepted only if a module of this build has a kind for them */
export function parseConfiguration(
  data: Readonly<Record<string, unknown>>,
  problems: Problems,
  kinds: Pick<Kinds, 'destinations'>,
): Configuration {
  const without = destinationSections
    .map(({ section }) => section)
    .filter((section) => !kinds.destinations[section]?.length)
  const known = [...Object.keys(server), ...sections.filter((section) => !isIn(without, section))]
  for (const name of Object.keys(data)) {
    if (known.includes(name)) continue
    if (isIn(without, name)) {
      problems.add(
        [name],
        `this build has no module for "${name}"`,
        `remove it; this build supports ${supportedGrants(kinds).join(' and ')}`,
        {
          at: 'key',
        },
      )
      continue
    }
    const later = Object.hasOwn(notYet, name) ? notYet[name] : undefined
    const meant = findNearest(name, known)
    if (later !== undefined)
      problems.add([name], `"${name}" is not supported yet`, `remove it: ${later}`, { at: 'key' })
    else
      problems.add(
        [name],
        `"${name}" is not known here`,
        meant ? `did you mean "${meant}"?` : `keys here: ${known.join(', ')}`,
        { at: 'key' },
      )
  }
  const read = (section: Section) => (isIn(without, section) ? undefined : data[section])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each section has the type of its own schema
  const checkedSections = Object.fromEntries(
    sections.map((section) => [
      section,
      checkEntries(section, read(section), sectionSchemas[section], problems),
    ]),
  ) as { readonly [Name in Section]: Entries<Name> }
  const written = (section: Section): Readonly<Record<string, unknown>> => {
    const names = read(section)
    return isRecord(names) ? names : {}
  }
  return {
    server: checkServer(data, problems),
    ...checkedSections,
    has: (section) => data[section] !== undefined && data[section] !== null,
    isDefined: (section, name) => Object.hasOwn(written(section), name),
    names: (section) => Object.keys(written(section)),
  }
}

const isIn = (list: readonly string[], name: string): boolean => list.includes(name)

/** `models`, `tools` */
const supportedGrants = ({ destinations }: Pick<Kinds, 'destinations'>): string[] => [
  ...new Set(
    destinationSections.flatMap(({ section, serves }) =>
      destinations[section]?.length ? [grantKind(serves)] : [],
    ),
  ),
]

function checkServer(data: Readonly<Record<string, unknown>>, problems: Problems): ServerConfig {
  const settings = Object.entries(server).map(([name, schema]: [string, z.ZodType]) => [
    name,
    checkValue(schema, data[name] ?? undefined, [name], problems),
  ])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each value has the type of its own schema
  return Object.fromEntries(settings) as ServerConfig
}

function checkEntries<Schema extends z.ZodType>(
  section: Section,
  written: unknown,
  schema: Schema,
  problems: Problems,
): ReadonlyMap<string, z.output<Schema>> {
  const entries = new Map<string, z.output<Schema>>()
  if (written === undefined || written === null) return entries
  if (!isRecord(written)) {
    problems.add(
      [section],
      `"${section}" is not a map of names`,
      `write it as "${section}:" and each name indented below it`,
    )
    return entries
  }
  for (const [name, value] of Object.entries(written)) {
    const path: Path = [section, name]
    // A price is named by its target, which contains a slash. Other names must not.
    const fault =
      section === 'prices' ? undefined : section === 'people' ? personProblem(name) : nameProblem(name)
    if (fault !== undefined) problems.add(path, `"${name}" cannot be a name`, fault, { at: 'key' })
    const entry = checkValue(schema, value, path, problems)
    if (entry !== undefined && fault === undefined) entries.set(name, entry)
  }
  return entries
}
