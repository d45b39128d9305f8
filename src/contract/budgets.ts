// How budgets become active at the ledger: as differences, in versions that the ledger numbers, with
// compare-and-set. A change based on any other version than the active one has no effect. So a node with
// older rules cannot undo newer ones.

import type { BudgetPeriod } from './snapshot.ts'

/** A budget as the store knows it: its active cap and the period of its windows. */
export interface BudgetDeclaration {
  /** `BudgetRule.id`; a run's bucket is `<id>#<run>` and inherits the rule of `<id>`. */
  id: string
  cap: bigint
  per: BudgetPeriod
  zone: string
  isHard: boolean
}

/** The active version, and the version that a holder knows. */
export interface BudgetVersion {
  /** Grows by one with each change; zero before the first. */
  version: number
  /** Names the rules whose budgets are active. Empty until a node names some. */
  rules: string
  /** The version at which these rules became active. */
  rulesSince: number
  /** `rulesSince` of the rules that were last active at this holder. Zero: none. */
  seen: number
}

/**
 * Budgets come from the rules (the configuration, with the keys that it owns) and from keys that
 * administrators made. Where both declare an id, the rules win. One change is one transaction.
 */
export interface BudgetChange {
  holder: string
  /** The version that the change is based on. */
  since: number
  /** The name of this node's rules. Unless the change contains their budgets, they must be active. */
  rules: string
  ofRules?: BudgetDifference
  ofKeys?: BudgetDifference
}

export interface BudgetDifference {
  put: readonly BudgetDeclaration[]
  /** Ids. */
  remove: readonly string[]
  /** `put` is complete: other budgets are removed. */
  isWhole: boolean
}

export type ConfigureResult =
  /** Active now. The version is the previous one if there was nothing to change. */
  | { kind: 'configured'; active: BudgetVersion }
  /** Nothing changed: the active version is newer than the one that the change is based on. */
  | { kind: 'newer'; active: BudgetVersion }
