// The configuration in its checked form: every entry of every section on its own, so that one mistake hides
// no other.

import { nearest } from '../../kit/nearest.ts'
import type { z } from 'zod'
import { destinationSections, grantKind } from '../../contract/resource.ts'
import { checked } from './issues.ts'
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
  /** Was the section written at all? */
  has(section: Section): boolean
  /** Is the name defined, be it with mistakes? What refers to a broken entry is not a second mistake. */
  isDefined(section: Section, name: string): boolean
  names(section: Section): readonly string[]
}

/** Of the plan, and not in this build. */
const notYet: Readonly<Record<string, string>> = {
  persons: 'people sign in with a later version; "people" gives limits and budgets to the persons of keys',
  store: 'this build keeps everything embedded in `data`',
  counters: 'this build counts in memory, for one node',
  cache: 'answers are not cached yet',
  console: 'the console comes with a later version; the admin API is at /admin/v1',
}

/** @param kinds sections of destinations are accepted only when a module brings a kind for them */
export function configuration(
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
        `leave it out; this build carries ${carried(kinds).join(' and ')}`,
        {
          at: 'key',
        },
      )
      continue
    }
    const later = Object.hasOwn(notYet, name) ? notYet[name] : undefined
    const meant = nearest(name, known)
    if (later !== undefined)
      problems.add([name], `"${name}" is not supported yet`, `leave it out for now: ${later}`, { at: 'key' })
    else
      problems.add(
        [name],
        `"${name}" is not known here`,
        meant ? `did you mean "${meant}"?` : `keys here: ${known.join(', ')}`,
        { at: 'key' },
      )
  }
  const read = (section: Section) => (isIn(without, section) ? undefined : data[section])
  const entries = <Schema extends z.ZodType>(section: Section, schema: Schema) =>
    entriesOf(section, read(section), schema, problems)
  const written = (section: Section): Readonly<Record<string, unknown>> => {
    const names = read(section)
    return isRecord(names) ? names : {}
  }
  return {
    server: serverOf(data, problems),
    providers: entries('providers', sectionSchemas.providers),
    mcpServers: entries('mcpServers', sectionSchemas.mcpServers),
    agents: entries('agents', sectionSchemas.agents),
    models: entries('models', sectionSchemas.models),
    prices: entries('prices', sectionSchemas.prices),
    teams: entries('teams', sectionSchemas.teams),
    workloads: entries('workloads', sectionSchemas.workloads),
    people: entries('people', sectionSchemas.people),
    keys: entries('keys', sectionSchemas.keys),
    guards: entries('guards', sectionSchemas.guards),
    policies: entries('policies', sectionSchemas.policies),
    has: (section) => data[section] !== undefined && data[section] !== null,
    isDefined: (section, name) => Object.hasOwn(written(section), name),
    names: (section) => Object.keys(written(section)),
  }
}

const isIn = (list: readonly string[], name: string): boolean => list.includes(name)

/** `models`, `tools` */
const carried = ({ destinations }: Pick<Kinds, 'destinations'>): string[] => [
  ...new Set(
    destinationSections.flatMap(({ section, serves }) =>
      destinations[section]?.length ? [grantKind(serves)] : [],
    ),
  ),
]

function serverOf(data: Readonly<Record<string, unknown>>, problems: Problems): ServerConfig {
  const one = <Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> | undefined => {
    const value = data[name] === null ? undefined : data[name]
    return checked(schema, value, [name], problems)
  }
  return {
    version: one('version', server.version),
    listen: one('listen', server.listen),
    tls: one('tls', server.tls),
    trustedProxies: one('trustedProxies', server.trustedProxies),
    cors: one('cors', server.cors),
    data: one('data', server.data),
    admin: one('admin', server.admin),
    metrics: one('metrics', server.metrics),
    include: one('include', server.include),
    limits: one('limits', server.limits),
    responses: one('responses', server.responses),
    timeouts: one('timeouts', server.timeouts),
    retry: one('retry', server.retry),
    runs: one('runs', server.runs),
    records: one('records', server.records),
    drainOnClientGone: one('drainOnClientGone', server.drainOnClientGone),
  }
}

function entriesOf<Schema extends z.ZodType>(
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
    // prices are named by target, which has the slash that other names must not have
    const fault =
      section === 'prices' ? undefined : section === 'people' ? personProblem(name) : nameProblem(name)
    if (fault !== undefined) problems.add(path, `"${name}" cannot be a name`, fault, { at: 'key' })
    const entry = checked(schema, value, path, problems)
    if (entry !== undefined && fault === undefined) entries.set(name, entry)
  }
  return entries
}
