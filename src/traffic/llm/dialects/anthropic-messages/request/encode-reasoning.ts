// The wish to reason in the words of the three generations of Claude, and the sampling that each of them
// allows beside it.
// https://docs.claude.com/en/docs/build-with-claude/extended-thinking, …/adaptive-thinking, …/effort

import { written } from '../../../../../kit/json.ts'
import { budgetOf, effortOf } from '../../../canonical/index.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { GenerateRequest, ReasoningWish, Turn } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'

interface Thinking {
  thinking?: JsonObject
  effort?: string
  sampling: JsonObject
}

/**
 * `thoughtless`: up to 3.5. `budget`: up to 4.5, and whoever else speaks the dialect. `adaptive`: 4.6.
 * `unsampled`: from 4.7 on, which refuse sampling settings too. `awake`: from 5 on, which think unless they
 * are told not to, and some in any case.
 * https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting
 */
export type Generation = 'thoughtless' | 'budget' | 'adaptive' | 'unsampled' | 'awake'

/** @param maxTokens thinking has to fit into it */
export function thinkingOf(request: GenerateRequest, maxTokens: number, notes: LossNotes): Thinking {
  const generation = generationOf(request.model)
  const wanted =
    request.reasoning === undefined
      ? {}
      : wordedWish(request, request.reasoning, generation, maxTokens, notes)
  const isThinking = wanted.thinking !== undefined && wanted.thinking['type'] !== 'disabled'
  return { ...wanted, sampling: samplingOf(request, generation, isThinking, notes) }
}

export function generationOf(model: string): Generation {
  if (/claude-(?:instant|v?[12]\b|3-(?:5-)?(?:opus|sonnet|haiku))/.test(model)) return 'thoughtless'
  const [, major = '', minor = ''] =
    /claude-(?:opus|sonnet|haiku|fable|mythos)-(\d+)(?:[-.](\d{1,2})(?!\d))?/.exec(model) ?? []
  const version = Number(major) * 100 + Number(minor)
  if (/claude-mythos/.test(model) || version >= 500) return 'awake'
  if (version >= 407) return 'unsampled'
  return version >= 406 ? 'adaptive' : 'budget'
}

/** https://platform.claude.com/docs/en/build-with-claude/working-with-messages: not since 4.6 */
export const refusesPrefill = (model: string) =>
  ['adaptive', 'unsampled', 'awake'].includes(generationOf(model))

function wordedWish(
  request: GenerateRequest,
  wish: ReasoningWish,
  generation: Generation,
  maxTokens: number,
  notes: LossNotes,
): Omit<Thinking, 'sampling'> {
  const budget =
    wish.budgetTokens === 'dynamic' && wish.effort !== undefined
      ? budgetOf({ effort: wish.effort })
      : budgetOf(wish)
  const display = wish.summary === undefined ? undefined : wish.summary === 'none' ? 'omitted' : 'summarized'
  if (budget === undefined) {
    // how it should be shown is no wish to think
    if (wish.summary !== undefined) notes.drop('reasoning-summary')
    return {}
  }
  // beside a budget of the caller's own these models know no effort
  if (generation === 'budget' && typeof wish.budgetTokens === 'number' && wish.effort !== undefined)
    notes.drop('reasoning-effort')
  if (budget === 0) return resting(request, wish, generation, notes)
  if (generation === 'thoughtless') return dropped(notes)
  if (generation !== 'budget') {
    if (typeof wish.budgetTokens === 'number') notes.drop('reasoning-budget')
    return effortBeside({ ...wish, ...effortIn(wish) }, generation, {
      thinking: written({ type: 'adaptive', display }),
    })
  }
  // a budget of the caller's own stands; one that we made of an effort leaves a quarter to answer with
  const most = typeof wish.budgetTokens === 'number' ? maxTokens - 1 : Math.floor(maxTokens * 0.75)
  const tokens = Math.min(Math.max(budget === 'dynamic' ? dynamicBudget : budget, leastBudget), most)
  if (tokens < leastBudget || isForced(request) || isInsideOfUnthoughtCalls(request.turns))
    return dropped(notes)
  return { thinking: written({ type: 'enabled', budget_tokens: tokens, display }) }
}

/**
 * Not to think: said only where it has to be and may be. Those that always think do so as little as they can.
 */
function resting(
  { model }: GenerateRequest,
  wish: ReasoningWish,
  generation: Generation,
  notes: LossNotes,
): Omit<Thinking, 'sampling'> {
  if (generation === 'budget' || /claude-haiku/.test(model))
    return effortBeside(wish, generation, { thinking: { type: 'disabled' } })
  if (generation !== 'awake') return effortBeside(wish, generation, {})
  notes.drop('reasoning-effort')
  return { effort: 'low' }
}

/** Anthropic takes no smaller one. */
const leastBudget = 1024
const dynamicBudget = 8192

function effortIn(wish: ReasoningWish): { effort?: NonNullable<ReasoningWish['effort']> } {
  const effort = effortOf(wish)
  return effort === undefined ? {} : { effort }
}

function effortBeside(
  { effort }: ReasoningWish,
  generation: Generation,
  thinking: Omit<Thinking, 'sampling' | 'effort'>,
): Omit<Thinking, 'sampling'> {
  if (effort === undefined || effort === 'none' || generation === 'budget' || generation === 'thoughtless')
    return thinking
  return { ...thinking, effort: effort === 'minimal' ? 'low' : effort }
}

function dropped(notes: LossNotes): Omit<Thinking, 'sampling'> {
  notes.drop('reasoning-effort')
  return {}
}

/** With a budget, a model that has to call a tool may not think first. */
function isForced({ toolChoice }: GenerateRequest): boolean {
  return (
    toolChoice?.kind === 'required' ||
    toolChoice?.kind === 'tool' ||
    (toolChoice?.kind === 'allowed' && toolChoice.isRequired)
  )
}

/**
 * Between calls and their results the thinking that led to the calls must stand, with its proof; who has none
 * must go on without.
 */
function isInsideOfUnthoughtCalls(turns: readonly Turn[]): boolean {
  if (turns.at(-1)?.role !== 'tool') return false
  const said = turns.findLast((turn) => turn.role === 'assistant')
  return !said?.blocks.some(
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
  const isFree = generation !== 'unsampled' && generation !== 'awake' && !isThinking
  const kept: { temperature?: number; top_p?: number; top_k?: number } = {}
  if (temperature !== undefined) {
    if (!isFree && temperature !== 1) notes.drop('temperature')
    else if (isFree) kept.temperature = temperature
  }
  if (topP !== undefined) {
    // newer models take one of the two
    if (isFree && kept.temperature === undefined) kept.top_p = topP
    else if (topP !== 1) notes.drop('top-p')
  }
  if (topK !== undefined) {
    if (isFree) kept.top_k = topK
    else notes.drop('top-k')
  }
  return written({ ...kept })
}
