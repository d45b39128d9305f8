// How budgets come into force at the ledger: by difference, in versions that the ledger numbers, with
// compare-and-set. A change that was made from another version than the one in force changes nothing, so no
// node with older rules can undo newer ones.

import type { BudgetPeriod } from './snapshot.ts'

/** A budget as the store knows it: the cap in force and how its windows are cut. */
export interface BudgetDeclaration {
  /** `BudgetRule.id`; a run's bucket is `<id>#<run>` and inherits the rule of `<id>`. */
  id: string
  cap: bigint
  per: BudgetPeriod
  zone: string
  isHard: boolean
}

/** What is in force, and what a holder knows of it. */
export interface BudgetVersion {
  /** Grows by one with each change; zero before the first. */
  version: number
  /** Names the rules whose budgets are in force; empty until a node names some. */
  rules: string
  /** The version at which these rules came into force. */
  rulesSince: number
  /** `rulesSince` of the rules that this holder last had in force; zero: none. */
  seen: number
}

/**
 * Budgets come from the rules (the configuration, with the keys that it owns) and from keys that
 * administrators made. Where both declare an id, the rules win. One change is one transaction.
 */
export interface BudgetChange {
  holder: string
  /** The version that the change was made from. */
  since: number
  /** The name of this node's rules. Unless the change brings their budgets, they must be in force. */
  rules: string
  ofRules?: BudgetDifference
  ofKeys?: BudgetDifference
}

export interface BudgetDifference {
  put: readonly BudgetDeclaration[]
  /** Ids. */
  remove: readonly string[]
  /** `put` is all there is: what it does not name is removed. */
  isWhole: boolean
}

export type ConfigureResult =
  /** In force. The version is the one before when there was nothing to change. */
  | { kind: 'configured'; active: BudgetVersion }
  /** Nothing changed: what is in force is newer than what the change was made from. */
  | { kind: 'newer'; active: BudgetVersion }
