// Effort and budget say the same wish in two units. One scale for all dialects, so that a wish means the same
// whichever way it goes.

import type { ReasoningWish } from './request.ts'

type Effort = NonNullable<ReasoningWish['effort']>

/**
 * Tokens to think with. Between the steps of the vendors' own documents (Gemini's OpenAI compatibility: low
 * 1024, medium 8192, high 24576).
 */
const budgets: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 64_000,
}

const steps: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high']

/** The budget that stands for a wish; undefined: the wish says nothing about it. */
export function budgetOf({ budgetTokens, effort }: ReasoningWish): number | 'dynamic' | undefined {
  return budgetTokens ?? (effort === undefined ? undefined : budgets[effort])
}

/**
 * The effort that stands for a wish: the smallest step that reaches the budget; `dynamic` is no effort of its
 * own.
 */
export function effortOf({ budgetTokens, effort }: ReasoningWish): Effort | undefined {
  if (effort !== undefined || budgetTokens === undefined || budgetTokens === 'dynamic') return effort
  return steps.find((step) => budgets[step] >= budgetTokens) ?? 'high'
}
