// The state for /readyz: ready, or every reason why not. A store that is down is only a warning: the node still
// serves with the budget that it holds (static stability). If it were a reason, all nodes could become unready at
// once.

export interface Readiness {
  isReady: boolean
  reasons: readonly string[]
  /** Problems with which the node still serves. */
  warnings: readonly string[]
}

export interface ReadinessParts {
  isDraining(): boolean
  journalTrouble(): string | undefined
  rejectedConfiguration(): string | undefined
  isStoreDown(): boolean
  recordTroubles(): readonly string[]
  barredTargets(): readonly string[]
  budgetTrouble(): string | undefined
}

export function checkReadiness(parts: ReadinessParts): Readiness {
  const reasons: string[] = []
  const warnings: string[] = []
  if (parts.isDraining()) reasons.push('draining: the gateway is shutting down')
  const trouble = parts.journalTrouble()
  if (trouble !== undefined) reasons.push(`journal: ${trouble}`)
  const rejected = parts.rejectedConfiguration()
  if (rejected !== undefined) warnings.push(`configuration: ${rejected}`)
  if (parts.isStoreDown()) warnings.push('store: no response; serving with the budget that this node holds')
  const budgets = parts.budgetTrouble()
  if (budgets !== undefined) warnings.push(`budgets: ${budgets}`)
  for (const trouble of parts.recordTroubles()) warnings.push(`records: ${trouble}`)
  for (const target of parts.barredTargets())
    warnings.push(`target "${target}" was billed above its bound and is barred from hard budgets`)
  return { isReady: reasons.length === 0, reasons, warnings }
}
