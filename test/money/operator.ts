// The operator of a simulated installation, who writes rules and creates keys: the order of the files, the
// content of each, and the check that the store never goes back from a later file to an earlier one, or to an
// incomplete one.

import type { BudgetDeclaration } from '../../src/contract/budgets.ts'
import type { KeyEntry } from '../../src/contract/directory.ts'
import type { BudgetRule } from '../../src/contract/snapshot.ts'
import { type BudgetsOfRules, nameOf } from '../../src/gateway/admit/declarations.ts'
import type { LedgerState } from '../../src/storage/memory/ledger-state.ts'
import { must } from './check.ts'

export const budgets = [
  { id: 'hour', per: 'hour' },
  { id: 'day', per: 'day' },
  { id: 'all', per: 'total' },
  { id: 'run', per: 'run' },
] as const

export const keyNames = ['key-0', 'key-1', 'key-2'] as const

export class Operator {
  /** In the order of writing. */
  readonly #files: { caps: readonly number[]; rules: BudgetsOfRules }[] = []
  /** The budgets of each key, in order; undefined means none. */
  readonly #keys = new Map<string, (number | undefined)[]>(keyNames.map((name) => [name, [undefined]]))
  /** Positions of the store's state in these two. */
  restores = 0
  #fileInForce = -1
  #keysInForce = new Map<string, number>()
  readonly #most = new Map<string, number>()

  constructor(caps: readonly number[]) {
    this.#files.push({ caps, rules: rulesOf(caps) })
  }

  /** A new file, made from the newest one. @returns its number */
  edit(budget: number, cap: number): number {
    const caps = [...this.#files.at(-1)!.caps]
    caps[budget] = cap
    return this.#files.push({ caps, rules: rulesOf(caps) }) - 1
  }

  newest(): number {
    return this.#files.length - 1
  }

  rules(file: number): BudgetsOfRules {
    return this.#files[file]!.rules
  }

  /** @returns the previous state of the key */
  changeKey(name: string, cap: number | undefined): KeyEntry {
    const before = this.byId(name)
    this.#keys.get(name)!.push(cap)
    return before
  }

  byId = (name: string): KeyEntry => {
    const cap = this.#keys.get(name)?.at(-1)
    return {
      id: name,
      owner: 'admin',
      team: 't',
      secrets: [],
      createdAt: 0,
      tags: {},
      ...(cap !== undefined && { budgets: [ruleOf(name, cap)] }),
    }
  }

  all = (): Iterable<KeyEntry> => keyNames.map(this.byId)

  hasBudget(name: string): boolean {
    return this.#keys.get(name)?.at(-1) !== undefined
  }

  /** The largest cap that was ever active. */
  mostOf(budget: string): number {
    return this.#most.get(withoutRun(budget)) ?? 0
  }

  /** The active cap by the written rules, whatever the store's state is. */
  capOf(budget: string): number | undefined {
    const id = withoutRun(budget)
    const index = budgets.findIndex((known) => known.id === id)
    return index === -1
      ? this.#keys.get(id)?.[this.#keysInForce.get(id) ?? 0]
      : this.#files[this.#fileInForce]?.caps[index]
  }

  /** Called after each change of the active rules. */
  check({ inForce, declared }: LedgerState): void {
    const before = this.#fileInForce
    if (inForce.rules !== '') {
      this.#fileInForce = this.#files.findIndex(
        ({ rules }, file) => file >= before && rules.name === inForce.rules,
      )
      must(this.#fileInForce !== -1, () => `an older file than number ${before} is in force`)
    }
    for (const [id, { cap }] of this.#files[this.#fileInForce]?.rules.budgets ?? [])
      must(
        declared.get(id)?.cap === cap,
        () => `the file in force says ${cap} for ${id}, the store ${declared.get(id)?.cap}`,
      )
    for (const [name, caps] of this.#keys) {
      const cap = declared.get(name)?.cap
      const known = this.#keysInForce.get(name) ?? 0
      const place = caps.findIndex(
        (written, index) =>
          index >= known && (written === undefined ? cap === undefined : BigInt(written) === cap),
      )
      must(place !== -1, () => `the budget of ${name} went back to ${cap}`)
      this.#keysInForce.set(name, place)
    }
    for (const [id, { cap }] of declared) this.#most.set(id, Math.max(this.mostOf(id), Number(cap)))
  }

  /**
   * Everything has reached every node, and nothing is in progress: the store has exactly what was written
   * last.
   */
  checkQuiet({ inForce, declared }: LedgerState): void {
    const { rules } = this.#files.at(-1)!
    must(inForce.rules === rules.name, () => 'the newest file is not in force')
    const wanted = new Map<string, bigint>([...rules.budgets.values()].map(({ id, cap }) => [id, cap]))
    for (const [name, caps] of this.#keys)
      if (caps.at(-1) !== undefined) wanted.set(name, BigInt(caps.at(-1)!))
    const found = new Map([...declared].map(([id, { cap }]) => [id, cap]))
    for (const [id, cap] of wanted)
      must(
        found.get(id) === cap,
        () => `${id} is ${cap} by what was written last, and ${found.get(id)} in the store`,
      )
    for (const id of found.keys()) must(wanted.has(id), () => `the store still has ${id}`)
  }

  /** The store was set back, or emptied: it may continue from there. */
  setBack(state: LedgerState): void {
    this.restores += 1
    this.#fileInForce = -1
    this.#keysInForce = new Map()
    this.check(state)
  }
}

function rulesOf(caps: readonly number[]): BudgetsOfRules {
  const list = budgets.map(
    ({ id, per }, index): BudgetDeclaration => ({
      id,
      per,
      cap: BigInt(caps[index] ?? 0),
      zone: 'UTC',
      isHard: true,
    }),
  )
  return { name: nameOf(list), budgets: new Map(list.map((budget) => [budget.id, budget])) }
}

const ruleOf = (id: string, cap: number): BudgetRule => ({
  id,
  unit: 'tokens',
  amount: String(cap),
  per: 'total',
  zone: 'UTC',
  isHard: true,
  capsOutput: false,
})

function withoutRun(budget: string): string {
  const mark = budget.indexOf('#')
  return mark === -1 ? budget : budget.slice(0, mark)
}
