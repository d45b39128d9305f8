// The reasoning settings that each generation of Claude accepts, and the sampling settings that it allows
// with them.
// https://docs.claude.com/en/docs/build-with-claude/extended-thinking, …/adaptive-thinking, …/effort

import { written } from '../../../../../kit/json.ts'
import { budgetOf, effortOf } from '../../../canonical/index.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { GenerateRequest, ReasoningSettings, Turn } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'

interface Thinking {
  thinking?: JsonObject
  effort?: string
  sampling: JsonObject
}

/**
 * `noThinking`: up to 3.5. `budget`: up to 4.5, and models of other vendors. `adaptive`: 4.6. `noSampling`:
 * from 4.7 on, which refuse sampling settings too. `alwaysThinks`: from 5 on, which think unless a request
 * disables it; some of them always think.
 * https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting
 */
export type Generation = 'noThinking' | 'budget' | 'adaptive' | 'noSampling' | 'alwaysThinks'

/** @param maxTokens the limit that includes thinking */
export function thinkingOf(request: GenerateRequest, maxTokens: number, notes: LossNotes): Thinking {
  const generation = generationOf(request.model)
  const wanted =
    request.reasoning === undefined
      ? {}
      : thinkingFor(request, request.reasoning, generation, maxTokens, notes)
  const isThinking = wanted.thinking !== undefined && wanted.thinking['type'] !== 'disabled'
  return { ...wanted, sampling: samplingOf(request, generation, isThinking, notes) }
}

export function generationOf(model: string): Generation {
  if (/claude-(?:instant|v?[12]\b|3-(?:5-)?(?:opus|sonnet|haiku))/.test(model)) return 'noThinking'
  const [, major = '', minor = ''] =
    /claude-(?:opus|sonnet|haiku|fable|mythos)-(\d+)(?:[-.](\d{1,2})(?!\d))?/.exec(model) ?? []
  const version = Number(major) * 100 + Number(minor)
  if (/claude-mythos/.test(model) || version >= 500) return 'alwaysThinks'
  if (version >= 407) return 'noSampling'
  return version >= 406 ? 'adaptive' : 'budget'
}

/** https://platform.claude.com/docs/en/build-with-claude/working-with-messages: not since 4.6 */
export const refusesPrefill = (model: string) =>
  ['adaptive', 'noSampling', 'alwaysThinks'].includes(generationOf(model))

function thinkingFor(
  request: GenerateRequest,
  requested: ReasoningSettings,
  generation: Generation,
  maxTokens: number,
  notes: LossNotes,
): Omit<Thinking, 'sampling'> {
  const budget =
    requested.budgetTokens === 'dynamic' && requested.effort !== undefined
      ? budgetOf({ effort: requested.effort })
      : budgetOf(requested)
  const display =
    requested.summary === undefined ? undefined : requested.summary === 'none' ? 'omitted' : 'summarized'
  if (budget === undefined) {
    // A request to show reasoning does not turn reasoning on.
    if (requested.summary !== undefined) notes.drop('reasoning-summary')
    return {}
  }
  // These models accept no effort together with a budget that the caller sets.
  if (generation === 'budget' && typeof requested.budgetTokens === 'number' && requested.effort !== undefined)
    notes.drop('reasoning-effort')
  if (budget === 0) return withoutThinking(request, requested, generation, notes)
  if (generation === 'noThinking') return dropReasoning(notes)
  if (generation !== 'budget') {
    if (typeof requested.budgetTokens === 'number') notes.drop('reasoning-budget')
    return withEffort({ ...requested, ...effortIn(requested) }, generation, {
      thinking: written({ type: 'adaptive', display }),
    })
  }
  // A budget that the caller sets stays as it is. A budget that is derived from an effort leaves a quarter
  // for the response.
  const most = typeof requested.budgetTokens === 'number' ? maxTokens - 1 : Math.floor(maxTokens * 0.75)
  const tokens = Math.min(Math.max(budget === 'dynamic' ? dynamicBudget : budget, leastBudget), most)
  if (tokens < leastBudget || isForced(request) || lacksThinkingOfCalls(request.turns))
    return dropReasoning(notes)
  return { thinking: written({ type: 'enabled', budget_tokens: tokens, display }) }
}

/**
 * Turns reasoning off if the model requires and accepts that. Models that always think get the lowest effort.
 */
function withoutThinking(
  { model }: GenerateRequest,
  requested: ReasoningSettings,
  generation: Generation,
  notes: LossNotes,
): Omit<Thinking, 'sampling'> {
  if (generation === 'budget' || /claude-haiku/.test(model))
    return withEffort(requested, generation, { thinking: { type: 'disabled' } })
  if (generation !== 'alwaysThinks') return withEffort(requested, generation, {})
  notes.drop('reasoning-effort')
  return { effort: 'low' }
}

/** The smallest budget that Anthropic accepts. */
const leastBudget = 1024
const dynamicBudget = 8192

function effortIn(requested: ReasoningSettings): { effort?: NonNullable<ReasoningSettings['effort']> } {
  const effort = effortOf(requested)
  return effort === undefined ? {} : { effort }
}

function withEffort(
  { effort }: ReasoningSettings,
  generation: Generation,
  thinking: Omit<Thinking, 'sampling' | 'effort'>,
): Omit<Thinking, 'sampling'> {
  if (effort === undefined || effort === 'none' || generation === 'budget' || generation === 'noThinking')
    return thinking
  return { ...thinking, effort: effort === 'minimal' ? 'low' : effort }
}

function dropReasoning(notes: LossNotes): Omit<Thinking, 'sampling'> {
  notes.drop('reasoning-effort')
  return {}
}

/** A model with a budget cannot think first if it must call a tool. */
function isForced({ toolChoice }: GenerateRequest): boolean {
  return (
    toolChoice?.kind === 'required' ||
    toolChoice?.kind === 'tool' ||
    (toolChoice?.kind === 'allowed' && toolChoice.isRequired)
  )
}

/**
 * Calls that wait for results need the signed thinking that led to them. A request without it cannot think
 * again.
 */
function lacksThinkingOfCalls(turns: readonly Turn[]): boolean {
  if (turns.at(-1)?.role !== 'tool') return false
  const assistant = turns.findLast((turn) => turn.role === 'assistant')
  return !assistant?.blocks.some(
    (block) => block.kind === 'reasoning' && block.signature?.dialect === 'anthropic-messages',
  )
}

function samplingOf(
  { sampling = {} }: GenerateRequest,
  generation: Generation,
  isThinking: boolean,
  notes: LossNotes,
): JsonObject {
  const { temperature, topP, topK } = sampling
  const isFree = generation !== 'noSampling' && generation !== 'alwaysThinks' && !isThinking
  const kept: { temperature?: number; top_p?: number; top_k?: number } = {}
  if (temperature !== undefined) {
    if (!isFree && temperature !== 1) notes.drop('temperature')
    else if (isFree) kept.temperature = temperature
  }
  if (topP !== undefined) {
    // Newer models accept only one of the two.
    if (isFree && kept.temperature === undefined) kept.top_p = topP
    else if (topP !== 1) notes.drop('top-p')
  }
  if (topK !== undefined) {
    if (isFree) kept.top_k = topK
    else notes.drop('top-k')
  }
  return written({ ...kept })
}
