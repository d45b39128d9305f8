// Effort and budget are two units of one setting. All dialects share one scale, so that the setting keeps its
// meaning in each direction.

import type { ReasoningSettings } from './request.ts'

type Effort = NonNullable<ReasoningSettings['effort']>

/**
 * Tokens for reasoning, by effort, after the vendors' documents (Gemini's OpenAI compatibility: low 1024,
 * medium 8192, high 24576).
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

/** The budget of a setting. Undefined when the setting has neither budget nor effort. */
export function budgetOf({ budgetTokens, effort }: ReasoningSettings): number | 'dynamic' | undefined {
  return budgetTokens ?? (effort === undefined ? undefined : budgets[effort])
}

/** The effort of a setting: the smallest step that reaches the budget. `dynamic` is not an effort. */
export function effortOf({ budgetTokens, effort }: ReasoningSettings): Effort | undefined {
  if (effort !== undefined || budgetTokens === undefined || budgetTokens === 'dynamic') return effort
  return steps.find((step) => budgets[step] >= budgetTokens) ?? 'high'
}
