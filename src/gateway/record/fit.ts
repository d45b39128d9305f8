// Shortens a record to one line of the journal, because the number of tags, attempts and findings depends on
// the caller and a line is limited.
//
// Parts are removed in this order, only as far as needed, and the record is marked `isTrimmed`:
//   1. texts are cut to 256 characters; the first four and the last twelve attempts stay; losses, policies, tags
//      and the findings of each side are cut to 32, and the facts lose their names
//   2. losses, findings, facts and tags are removed, attempts lose their usage, texts are cut to 96 characters
//   3. policies, team path and attempts are removed, texts are cut to 48 characters
// Never changed: id, outcome, cost and charges. Charges fit, because `open` refuses the call otherwise
// (bucketLimitBytes).

import type { AttemptRecord, Charge, ExchangeRecord, Findings, PolicyFacts } from '../../contract/record.ts'
import type { GrantEntry, OpenEntry, RecordBase } from './journal-format.ts'
import { encodeLine, fitsLine } from './journal-format.ts'

/** The buckets of one exchange as JSON: the part of a line that is never trimmed. */
export const bucketLimitBytes = 8 * 1024

/** The line of a record, trimmed if necessary. */
export function closeLine(record: ExchangeRecord): string {
  const line = encodeLine({ kind: 'close', record })
  if (fitsLine(line)) return line
  for (const trim of [trimLightly, trimHard, trimToMoney]) {
    const shorter = encodeLine({ kind: 'close', record: trim(record) })
    if (fitsLine(shorter)) return shorter
  }
  throw new RangeError(`the charges of exchange ${record.id} do not fit a line of the journal`)
}

/** The line of an `open`; undefined if its buckets alone do not fit. */
export function openLine(entry: OpenEntry): string | undefined {
  const line = encodeLine(entry)
  if (fitsLine(line)) return line
  if (bytesOf(entry.buckets) + bytesOf(entry.earlier?.charges ?? []) > bucketLimitBytes) return undefined
  const {
    teamPath: _path,
    tags: _tags,
    policies: _policies,
    findings: _findings,
    facts: _facts,
    losses: _losses,
    ...base
  } = entry.base
  const shorter: OpenEntry = {
    ...entry,
    target: cut(entry.target, 256),
    base: { ...cutTexts<RecordBase>(base, 48), resource: cutTexts(base.resource, 48), isTrimmed: true },
  }
  if (entry.earlier) shorter.earlier = { ...entry.earlier, attempts: [] }
  const trimmed = encodeLine(shorter)
  return fitsLine(trimmed) ? trimmed : undefined
}

/**
 * The lines of a grant: one, or as many as its holds need. Before the end of an hour, one grant has the next
 * window of every budget.
 */
export function grantLines(entry: GrantEntry): string[] {
  const line = encodeLine(entry)
  if (fitsLine(line)) return [line]
  const { holds } = entry
  if (holds.length < 2)
    throw new RangeError(`the grant of "${holds[0]?.budget ?? ''}" does not fit a line of the journal`)
  const half = holds.length >> 1
  return [
    ...grantLines({ ...entry, holds: holds.slice(0, half) }),
    ...grantLines({ ...entry, holds: holds.slice(half) }),
  ]
}

const bytesOf = (charges: readonly Charge[]) => Buffer.byteLength(JSON.stringify(charges))

function trimLightly(record: ExchangeRecord): ExchangeRecord {
  const trimmed: ExchangeRecord = {
    ...cutTexts(record, 256),
    attempts: fewer(record.attempts).map((attempt) => cutTexts(attempt, 256)),
    isTrimmed: true,
  }
  if (record.losses) trimmed.losses = record.losses.slice(0, 32).map((loss) => cutTexts(loss, 64))
  if (record.policies) trimmed.policies = record.policies.slice(0, 32).map((policy) => cutTexts(policy, 64))
  if (record.findings) trimmed.findings = fewerFindings(record.findings)
  if (record.facts) trimmed.facts = fewerFacts(record.facts)
  if (record.tags) trimmed.tags = firstOf(record.tags)
  return trimmed
}

function trimHard(record: ExchangeRecord): ExchangeRecord {
  const { losses: _losses, findings: _findings, facts: _facts, tags: _tags, ...rest } = trimLightly(record)
  const attempts = rest.attempts.map(({ usage: _usage, ...attempt }) => cutTexts<AttemptRecord>(attempt, 48))
  return { ...cutTexts(rest, 96), attempts }
}

function trimToMoney(record: ExchangeRecord): ExchangeRecord {
  const { policies: _policies, teamPath: _path, usage, finish, ...rest } = trimHard(record)
  const trimmed: ExchangeRecord = {
    ...cutTexts(rest, 48),
    resource: cutTexts(record.resource, 48),
    attempts: [],
  }
  // fees and the raw finish have no size limit, the counts have one
  if (usage) trimmed.usage = { ...usage, fees: {} }
  if (finish) trimmed.finish = cutTexts(finish, 48)
  return trimmed
}

const fewer = (attempts: readonly AttemptRecord[]) =>
  attempts.length <= 16 ? attempts : [...attempts.slice(0, 4), ...attempts.slice(-12)]

function fewerFindings(findings: Findings): Findings {
  const fewer: Findings = {}
  for (const side of ['request', 'response', 'unphased'] as const) {
    const counts = findings[side]
    if (counts) fewer[side] = firstOf(counts)
  }
  return fewer
}

/** Keeps the number of tools. */
const fewerFacts = ({ tools, claims: _claims, ...facts }: PolicyFacts): PolicyFacts => ({
  ...facts,
  ...(tools ? { toolCount: facts.toolCount ?? tools.length } : {}),
})

function firstOf<Value extends string | number>(map: Readonly<Record<string, Value>>): Record<string, Value> {
  const kept: Record<string, Value> = {}
  for (const [name, value] of Object.entries(map).slice(0, 32)) kept[cut(name, 64)] = value
  return cutTexts(kept, 128)
}

const untouchable: ReadonlySet<string> = new Set(['id', 'costNano'])

/** The same object with its own long texts cut. Nested objects stay unchanged. */
function cutTexts<Part extends object>(part: Part, length: number): Part {
  const copy = { ...part }
  for (const name in copy) {
    const value = copy[name]
    if (typeof value === 'string' && value.length > length && !untouchable.has(name))
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a shorter string is still a string
      copy[name] = cut(value, length) as typeof value
  }
  return copy
}

const cut = (text: string, length: number) => (text.length > length ? text.slice(0, length) : text)
