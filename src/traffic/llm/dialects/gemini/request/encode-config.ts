// Settings as `generationConfig`. https://ai.google.dev/api/generate-content#v1beta.GenerationConfig

import { written } from '../../../../../kit/json.ts'
import { budgetOf, effortOf } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { GenerateRequest, OutputFormat, ReasoningWish } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import type { Generation } from './generation.ts'
import { acceptedSchema } from './schema.ts'

/** The members of `generationConfig` that are more than a setting with one value, by path. */
export function encodeConfig(
  request: GenerateRequest,
  generation: Generation,
  notes: LossNotes,
): Record<string, Json | undefined> {
  const { logprobs, modalities, output, reasoning, speech } = request
  if (speech?.format !== undefined && speech.format !== 'pcm16')
    notes.drop('audio-format', 'only pcm16 is spoken')
  const config: Record<string, Json | undefined> = {
    responseLogprobs: logprobs && true,
    logprobs: logprobs && logprobs.top > 0 ? logprobs.top : undefined,
    ...formatOf(output),
    responseModalities: modalities?.map((modality) => modality.toUpperCase()),
    speechConfig: speech && { voiceConfig: { prebuiltVoiceConfig: { voiceName: speech.voice } } },
    thinkingConfig: reasoning && thinkingOf(reasoning, generation, notes),
  }
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [`generationConfig.${name}`, value]),
  )
}

function formatOf(output: OutputFormat | undefined): Record<string, Json> {
  if (output?.kind === 'json') return { responseMimeType: 'application/json' }
  if (output?.kind === 'schema')
    return { responseMimeType: 'application/json', responseJsonSchema: acceptedSchema(output.schema) }
  return output ? { responseMimeType: 'text/plain' } : {}
}

function thinkingOf(wish: ReasoningWish, generation: Generation, notes: LossNotes): JsonObject | undefined {
  if (generation.thinking === 'none') {
    if (wish.effort !== undefined) notes.drop('reasoning-effort')
    if (wish.budgetTokens !== undefined) notes.drop('reasoning-budget')
    if (wish.summary !== undefined) notes.drop('reasoning-summary')
    return undefined
  }
  const config = written({
    ...(generation.thinking === 'budget'
      ? byBudget(wish, generation, notes)
      : byLevel(wish, generation, notes)),
    includeThoughts: wish.summary === undefined ? undefined : wish.summary !== 'none',
  })
  return Object.keys(config).length === 0 ? undefined : config
}

/** A budget outside of the model's bounds is refused by Google; the nearest that it takes is meant. */
function byBudget(wish: ReasoningWish, { budget }: Generation, notes: LossNotes): Record<string, Json> {
  const wished = budgetOf(wish)
  if (wished === undefined) return {}
  if (wished === 'dynamic') return { thinkingBudget: -1 }
  if (wished === 0 && budget.canRest) return { thinkingBudget: 0 }
  const taken = nearestBudget(wished, budget)
  if (taken !== wish.budgetTokens && typeof wish.budgetTokens === 'number') notes.drop('reasoning-budget')
  // not to think is no matter of degree
  if (wish.budgetTokens === undefined && wished === 0) notes.drop('reasoning-effort')
  return { thinkingBudget: taken }
}

const nearestBudget = (wished: number, { least, most }: Generation['budget']) =>
  Math.min(most, Math.max(least, wished))

/** Newer models take levels; of both in one request they take neither. Not to think is the lowest level. */
function byLevel(
  wish: ReasoningWish,
  { levels, budget }: Generation,
  notes: LossNotes,
): Record<string, Json> {
  if (wish.effort === undefined && wish.budgetTokens !== undefined && wish.budgetTokens !== 0) {
    if (wish.budgetTokens === 'dynamic') return { thinkingBudget: -1 }
    const taken = nearestBudget(wish.budgetTokens, budget)
    if (taken !== wish.budgetTokens) notes.drop('reasoning-budget')
    return { thinkingBudget: taken }
  }
  const effort = effortOf(wish)
  if (effort === undefined) return {}
  const thinkingLevel = levelOf(effort, levels)
  if (thinkingLevel !== effort.toUpperCase())
    notes.drop(wish.effort === undefined ? 'reasoning-budget' : 'reasoning-effort')
  return { thinkingLevel }
}

function levelOf(
  effort: NonNullable<ReasoningWish['effort']>,
  { hasMinimal, hasMedium }: Generation['levels'],
): string {
  if (effort === 'none' || effort === 'minimal') return hasMinimal ? 'MINIMAL' : 'LOW'
  if (effort === 'low') return 'LOW'
  // as Google itself does at its OpenAI-compatible address
  return effort === 'medium' && hasMedium ? 'MEDIUM' : 'HIGH'
}
