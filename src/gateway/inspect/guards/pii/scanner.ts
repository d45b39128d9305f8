// Scans a text once for all entities of personal data.
//
// Most of a text has neither digits nor signs, and native searches skip it. A run of digits is passed only to
// entities that can begin with this many digits. A table by length lists them; for most runs there are none.

import type { Match } from '../../guard.ts'
import { isLetter } from '../characters.ts'
import { type Folded, foldedIndex, originalEnd, originalStart } from '../fold.ts'
import { DigitRuns } from './digit-runs.ts'
import type { Entity, GroupEntity, RunEntity, SignEntity } from './entity.ts'
import { GroupFinder } from './groups.ts'

/** Positions are of the folded text. */
interface Candidate {
  start: number
  end: number
  /** Place in the list of entities. */
  rank: number
}

export class Scanner {
  readonly #labels: readonly string[]
  readonly #signs: readonly Ranked<SignEntity>[]
  readonly #runEntities: RunTable
  readonly #groupRanks: ReadonlyMap<GroupEntity, number>
  readonly #runs = new DigitRuns()
  readonly #groups: GroupFinder

  /** @param entities if two of them match the same span, the earlier one gives the label */
  constructor(entities: readonly Entity[]) {
    const ranked = entities.map((entity, rank) => ({ entity, rank }))
    this.#labels = entities.map(({ name }) => `pii/${name}`)
    this.#signs = ranked.filter((each): each is Ranked<SignEntity> => each.entity.kind === 'sign')
    this.#runEntities = runTable(
      ranked.filter((each): each is Ranked<RunEntity> => each.entity.kind === 'run'),
    )
    const groups = ranked.filter((each): each is Ranked<GroupEntity> => each.entity.kind === 'groups')
    this.#groupRanks = new Map(groups.map(({ entity, rank }) => [entity, rank]))
    this.#groups = new GroupFinder(
      groups.map(({ entity }) => entity),
      this.#runs,
    )
  }

  /** @param length of the original text, as is `from` */
  find(folded: Folded, length: number, from: number): Match[] {
    const begin = foldedIndex(folded, from)
    const candidates = this.#candidatesIn(folded.text, begin)
    const matches: Match[] = []
    let end = 0
    for (const candidate of candidates) {
      if (candidate.start < end) continue
      end = candidate.end
      matches.push({
        label: this.#labels[candidate.rank]!,
        start: originalStart(folded, candidate.start, length),
        end: originalEnd(folded, end),
      })
    }
    return matches
  }

  #candidatesIn(text: string, from: number): Candidate[] {
    const candidates = this.#readRuns(text, from)
    const numbers = candidates.length
    for (const { entity, rank } of this.#signs)
      entity.find(text, from, (start, end) => void candidates.push({ start, end, rank }))
    if (candidates.length > numbers) candidates.sort(inOrder)
    return candidates
  }

  /** In order. */
  #readRuns(text: string, from: number): Candidate[] {
    const found: Candidate[] = []
    const runs = this.#runs
    runs.read(text, from)
    if (runs.count === 0) return found
    this.#groups.begin(text)
    let rank = 0
    const add = (start: number, end: number) => {
      if (start >= from) insert(found, { start, end, rank })
    }
    const report = (entity: GroupEntity, start: number, end: number) =>
      insert(found, { start, end, rank: this.#groupRanks.get(entity)! })
    for (let index = 0; index < runs.count; index += 1) {
      const start = runs.starts[index]!
      const end = runs.ends[index]!
      const isAfterLetter = start > 0 && isLetter(text.charCodeAt(start - 1))
      const entities = this.#runEntities[tableIndex(end - start, isAfterLetter)]!
      for (let at = 0; at < entities.length; at += 1) {
        const each = entities[at]!
        rank = each.rank
        each.entity.read(text, start, end, add)
      }
      this.#groups.read(index, report)
    }
    return found
  }
}

interface Ranked<Kind extends Entity> {
  entity: Kind
  rank: number
}

/** By the length of the run, up to `mostLength`, and whether it follows a letter. */
type RunTable = readonly (readonly Ranked<RunEntity>[])[]

/** Longer runs are treated like this length. */
const mostLength = 31

const tableIndex = (length: number, isAfterLetter: boolean): number =>
  Math.min(length, mostLength) + (isAfterLetter ? mostLength + 1 : 0)

function runTable(entities: readonly Ranked<RunEntity>[]): RunTable {
  const table: Ranked<RunEntity>[][] = []
  for (const isAfterLetter of [false, true])
    for (let length = 0; length <= mostLength; length += 1)
      table[tableIndex(length, isAfterLetter)] = entities.filter(({ entity }) =>
        entity.mayBegin(length, isAfterLetter),
      )
  return table
}

/** The earliest start first, then the longest match, then the order of the list. */
const inOrder = (a: Candidate, b: Candidate): number => a.start - b.start || b.end - a.end || a.rank - b.rank

/** Runs arrive in order, so the position is at or near the end. */
function insert(candidates: Candidate[], candidate: Candidate): void {
  let at = candidates.length
  while (at > 0 && inOrder(candidates[at - 1]!, candidate) > 0) at -= 1
  if (at === candidates.length) candidates.push(candidate)
  else candidates.splice(at, 0, candidate)
}
