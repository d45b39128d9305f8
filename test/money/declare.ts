// Activates a whole list of budgets at a ledger, like a node that starts alone.

import type { BudgetDeclaration } from '../../src/contract/budgets.ts'
import type { Ledger } from '../../src/contract/stores.ts'

export async function declare(
  ledger: Ledger,
  budgets: readonly BudgetDeclaration[],
  holder = 'nobody',
): Promise<void> {
  const { version } = await ledger.configured(holder)
  const response = await ledger.configure({
    holder,
    since: version,
    rules: `rules ${version + 1}`,
    ofRules: { put: budgets, remove: [], isWhole: true },
  })
  if (response.kind === 'newer') throw new Error('the ledger has newer budgets')
}
