// Publishes this node's budgets to the ledger, and never replaces newer ones. It is a state machine without
// I/O: `next` returns the request to send, `take` and `fail` receive its outcome.
//
// The ledger numbers the active rules, and accepts a change only if it is based on the active version. This
// decides what the node may change:
// - Our rules are active, by name: changed keys are sent as differences.
// - Other rules are active, and they were active when ours were written (or we published them ourselves):
// ours are newer, and replace them.
// - Rules are active that were activated later: ours are older. Nothing is sent, not even keys, until the
// operator edits our rules again.
//
// At the start, the node asks the ledger, which remembers the last rules of each holder. So a file that was
// edited while the node was down is published. An old file is not published if another node has published
// while this one was down.

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
  /** Is this the only node that uses the store? Then a start may replace any active rules. */
  isAlone: boolean
}

export type LedgerQuestion = { kind: 'read' } | { kind: 'change'; change: Omit<BudgetChange, 'holder'> }

export type Standing =
  /** All rules of this node are active. */
  | 'current'
  /** The ledger must be asked (again). */
  | 'pending'
  /** Newer rules than those of this node are active. */
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
   * `rulesSince` of the rules that were active when ours were written, if known; undefined for the rules of
   * the start.
   */
  #writtenAt: number | undefined
  /** Rules that this node has published to the ledger; several while responses are missing. */
  #ours: BudgetsOfRules[] = []
  #inForce: BudgetVersion | undefined
  /** Are all keys of this node declared, except those below? */
  #hasSentKeys = false
  /** Changed keys, and the budgets that the ledger may have for them. */
  #keys = new Map<string, ReadonlySet<string>>()
  #asked: Asked | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  /** Sets the rules to publish. The first call has the rules of the start. */
  put(rules: BudgetsOfRules): void {
    if (this.#rules) this.#writtenAt = this.#inForce?.rulesSince ?? this.#writtenAt
    this.#rules = rules
  }

  /** A key was added, removed or changed. @param before its previous state */
  revise(id: string, before: KeyEntry | undefined): void {
    if (!this.#hasSentKeys && !this.#asked) return
    const known = new Set(this.#keys.get(id))
    if (before?.owner === 'admin') for (const budget of before.budgets ?? []) known.add(budget.id)
    this.#keys.set(id, known)
  }

  /** Asks again for the active rules, because another node may have published meanwhile. */
  refresh(): void {
    this.#inForce = undefined
  }

  standing(): Standing {
    if (!this.#rules) return 'current'
    if (this.#inForce && !this.#isOurs(this.#inForce) && !this.#mayReplace(this.#inForce)) return 'older'
    return this.#asked || this.#question() ? 'pending' : 'current'
  }

  /** undefined if there is nothing to ask, or a response is pending. */
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
   * The response to `next`.
   * @returns ids of the key budgets that changed
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

  /** No response arrived. The request may still have been applied; the version shows it. */
  fail(): void {
    for (const [id, budgets] of this.#asked?.keys ?? [])
      this.#keys.set(id, new Set([...budgets, ...(this.#keys.get(id) ?? [])]))
    this.#asked = undefined
  }

  #learn(inForce: BudgetVersion): void {
    this.#inForce = inForce
    const own = this.#ours.find(({ name }) => name === inForce.rules)
    if (!own) return
    // no other node has published since, so our rules were written after the active ones
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
    // an empty change: the ledger remembers that these are our active rules
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

  /** As a difference if the ledger has rules that we published. */
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
 * The budgets of a key that an administrator created. If the rules declare a key of the same name, the rules
 * win.
 */
function ownBudgets(key: KeyEntry | undefined, rules: BudgetsOfRules): BudgetDeclaration[] {
  if (key?.owner !== 'admin' || !key.budgets) return []
  return key.budgets.filter(({ id }) => !rules.budgets.has(id)).map(declarationOf)
}

const isSame = (a: BudgetDeclaration | undefined, b: BudgetDeclaration) =>
  a !== undefined && a.cap === b.cap && a.per === b.per && a.zone === b.zone && a.isHard === b.isHard
