// Brings this node's budgets to the ledger, and never over newer ones. A machine without I/O: `next` says
// what to ask the ledger, `take` and `fail` hear what came of it.
//
// The ledger numbers what is in force, and changes it only from the version that a change was made from. What
// this node may change follows from that:
// - The ledger runs our rules, by name: keys that changed are sent by difference.
// - It runs other rules that were in force when ours were written (or that we put there ourselves): ours are
// the newer ones, and replace them.
// - It runs rules that came into force later: ours are older. Nothing is sent, keys neither, until the
// operator edits our rules once more. A start knows what was in force from the ledger, which remembers the
// rules that each holder had last. So a file that was edited while the node was down is published, and an old
// file on a node that was down while another one published is not.

import type {
  BudgetChange,
  BudgetDeclaration,
  BudgetDifference,
  BudgetVersion,
  ConfigureResult,
} from '../../contract/budgets.ts'
import type { Directory, KeyEntry } from '../../contract/directory.ts'
import { type BudgetsOfRules, declarationOf } from './declarations.ts'

export interface PublisherOptions {
  keys: Pick<Directory, 'all' | 'byId'>
  /** Does no other node use this store? Then a start may replace whatever is in force. */
  isAlone: boolean
}

export type LedgerQuestion = { kind: 'read' } | { kind: 'change'; change: Omit<BudgetChange, 'holder'> }

export type Standing =
  /** Everything that is wanted here is in force. */
  | 'current'
  /** The ledger has to be asked (again). */
  | 'pending'
  /** Newer rules than those of this node are in force. */
  | 'older'

interface Asked {
  rules: BudgetsOfRules
  change: Omit<BudgetChange, 'holder'> | undefined
  keys: ReadonlyMap<string, ReadonlySet<string>>
}

export class BudgetPublisher {
  readonly #options: PublisherOptions
  #rules: BudgetsOfRules | undefined
  /**
   * `rulesSince` of what was in force when our rules were written, as far as known; undefined: they are those
   * of the start.
   */
  #writtenAt: number | undefined
  /** Rules that this node has brought to the ledger; several while answers are missing. */
  #ours: BudgetsOfRules[] = []
  #inForce: BudgetVersion | undefined
  /** Are all keys of this node declared, but for those below? */
  #hasSentKeys = false
  /** Keys that changed, and the budgets that the ledger may have of them. */
  #keys = new Map<string, ReadonlySet<string>>()
  #asked: Asked | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** From now on these rules are wanted. The first ones are those of the start. */
  put(rules: BudgetsOfRules): void {
    if (this.#rules) this.#writtenAt = this.#inForce?.rulesSince ?? this.#writtenAt
    this.#rules = rules
  }

  /** A key came, went or changed; @param before as it was */
  revise(id: string, before: KeyEntry | undefined): void {
    if (!this.#hasSentKeys && !this.#asked) return
    const known = new Set(this.#keys.get(id))
    if (before?.owner === 'admin') for (const budget of before.budgets ?? []) known.add(budget.id)
    this.#keys.set(id, known)
  }

  /** Asks anew what is in force: another node may have published meanwhile. */
  refresh(): void {
    this.#inForce = undefined
  }

  standing(): Standing {
    if (!this.#rules) return 'current'
    if (this.#inForce && !this.#isOurs(this.#inForce) && !this.#mayReplace(this.#inForce)) return 'older'
    return this.#asked || this.#question() ? 'pending' : 'current'
  }

  /** undefined: nothing to ask, or an answer is awaited. */
  next(): LedgerQuestion | undefined {
    const asked = this.#rules && !this.#asked && this.#question()
    if (!asked) return undefined
    this.#asked = asked
    if (!asked.change) return { kind: 'read' }
    this.#keys = new Map()
    if (asked.change.ofRules) this.#ours.push(asked.rules)
    return { kind: 'change', change: asked.change }
  }

  /**
   * The answer to `next`.
   * @returns ids of budgets of keys that are others now
   */
  take(answer: BudgetVersion | ConfigureResult): readonly string[] {
    const asked = this.#asked
    if (!asked) return []
    const inForce = 'kind' in answer ? answer.active : answer
    if (!('kind' in answer) || answer.kind === 'newer') {
      this.fail()
      this.#learn(inForce)
      return []
    }
    this.#asked = undefined
    this.#ours = [asked.rules]
    this.#hasSentKeys = true
    this.#learn(inForce)
    const { put = [], remove = [] } = asked.change?.ofKeys ?? {}
    return [...put.map(({ id }) => id), ...remove]
  }

  /** No answer came. What was asked may have come into force all the same: the version tells. */
  fail(): void {
    for (const [id, budgets] of this.#asked?.keys ?? [])
      this.#keys.set(id, new Set([...budgets, ...(this.#keys.get(id) ?? [])]))
    this.#asked = undefined
  }

  #learn(inForce: BudgetVersion): void {
    this.#inForce = inForce
    const own = this.#ours.find(({ name }) => name === inForce.rules)
    if (!own) return
    // nobody else has published since: what is wanted here was written after it
    this.#ours = [own]
    if (this.#writtenAt !== undefined) this.#writtenAt = Math.max(this.#writtenAt, inForce.rulesSince)
  }

  #isOurs({ rules }: BudgetVersion): boolean {
    return rules === this.#rules?.name
  }

  #mayReplace({ rulesSince, seen }: BudgetVersion): boolean {
    if (this.#writtenAt === undefined) return this.#options.isAlone || rulesSince <= seen
    return rulesSince <= this.#writtenAt
  }

  #question(): Asked | undefined {
    const rules = this.#rules
    const inForce = this.#inForce
    if (!rules) return undefined
    if (!inForce) return { rules, change: undefined, keys: new Map() }
    const isOurs = this.#isOurs(inForce)
    if (!isOurs && !this.#mayReplace(inForce)) return undefined
    const ofRules = isOurs ? undefined : this.#ofRules(rules, inForce)
    const ofKeys = this.#hasSentKeys ? this.#changedKeys(rules) : this.#allKeys(rules)
    // a change of nothing: the ledger remembers that we have these rules in force
    const isSeen = inForce.seen === inForce.rulesSince
    if (!ofRules && !ofKeys && isSeen) return undefined
    const change = {
      since: inForce.version,
      rules: rules.name,
      ...(ofRules && { ofRules }),
      ...(ofKeys && { ofKeys }),
    }
    return { rules, change, keys: this.#keys }
  }

  /** By difference where the ledger has rules that we put there. */
  #ofRules(rules: BudgetsOfRules, inForce: BudgetVersion): BudgetDifference {
    const before = this.#ours.find(({ name }) => name === inForce.rules)?.budgets
    if (!before) return { put: [...rules.budgets.values()], remove: [], isWhole: true }
    const put = [...rules.budgets.values()].filter((budget) => !isSame(before.get(budget.id), budget))
    const remove = [...before.keys()].filter((id) => !rules.budgets.has(id))
    return { put, remove, isWhole: false }
  }

  #allKeys(rules: BudgetsOfRules): BudgetDifference {
    const put: BudgetDeclaration[] = []
    for (const key of this.#options.keys.all()) put.push(...ownBudgets(key, rules))
    return { put, remove: [], isWhole: true }
  }

  #changedKeys(rules: BudgetsOfRules): BudgetDifference | undefined {
    if (this.#keys.size === 0) return undefined
    const put: BudgetDeclaration[] = []
    const remove = new Set<string>()
    for (const [id, known] of this.#keys) {
      for (const budget of known) remove.add(budget)
      put.push(...ownBudgets(this.#options.keys.byId(id), rules))
    }
    for (const { id } of put) remove.delete(id)
    return { put, remove: [...remove], isWhole: false }
  }
}

/**
 * The budgets of a key that an administrator made. Where the rules declare one of the same name, theirs
 * holds.
 */
function ownBudgets(key: KeyEntry | undefined, rules: BudgetsOfRules): BudgetDeclaration[] {
  if (key?.owner !== 'admin' || !key.budgets) return []
  return key.budgets.filter(({ id }) => !rules.budgets.has(id)).map(declarationOf)
}

const isSame = (a: BudgetDeclaration | undefined, b: BudgetDeclaration) =>
  a !== undefined && a.cap === b.cap && a.per === b.per && a.zone === b.zone && a.isHard === b.isHard
