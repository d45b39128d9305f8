// Encodes settings as `generationConfig`. https://ai.google.dev/api/generate-content#v1beta.GenerationConfig

import { written } from '../../../../../kit/json.ts'
import { budgetOf, effortOf } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { GenerateRequest, OutputFormat, ReasoningSettings } from '../../../canonical/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import type { Generation } from './generation.ts'
import { acceptedSchema } from './schema.ts'

/** The members of `generationConfig` that do not map to a single setting, by path. */
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

function thinkingOf(
  requested: ReasoningSettings,
  generation: Generation,
  notes: LossNotes,
): JsonObject | undefined {
  if (generation.thinking === 'none') {
    if (requested.effort !== undefined) notes.drop('reasoning-effort')
    if (requested.budgetTokens !== undefined) notes.drop('reasoning-budget')
    if (requested.summary !== undefined) notes.drop('reasoning-summary')
    return undefined
  }
  const config = written({
    ...(generation.thinking === 'budget'
      ? byBudget(requested, generation, notes)
      : byLevel(requested, generation, notes)),
    includeThoughts: requested.summary === undefined ? undefined : requested.summary !== 'none',
  })
  return Object.keys(config).length === 0 ? undefined : config
}

/** Google refuses a budget outside the model's bounds, so the nearest valid one is sent. */
function byBudget(
  requested: ReasoningSettings,
  { budget }: Generation,
  notes: LossNotes,
): Record<string, Json> {
  const requestedBudget = budgetOf(requested)
  if (requestedBudget === undefined) return {}
  if (requestedBudget === 'dynamic') return { thinkingBudget: -1 }
  if (requestedBudget === 0 && budget.canRest) return { thinkingBudget: 0 }
  const taken = nearestBudget(requestedBudget, budget)
  if (taken !== requested.budgetTokens && typeof requested.budgetTokens === 'number')
    notes.drop('reasoning-budget')
  // Disabled reasoning is not a level of reasoning.
  if (requested.budgetTokens === undefined && requestedBudget === 0) notes.drop('reasoning-effort')
  return { thinkingBudget: taken }
}

const nearestBudget = (requestedBudget: number, { least, most }: Generation['budget']) =>
  Math.min(most, Math.max(least, requestedBudget))

/**
 * Newer models accept levels, and refuse a level together with a budget. When reasoning is off, they get the
 * lowest level.
 */
function byLevel(
  requested: ReasoningSettings,
  { levels, budget }: Generation,
  notes: LossNotes,
): Record<string, Json> {
  if (
    requested.effort === undefined &&
    requested.budgetTokens !== undefined &&
    requested.budgetTokens !== 0
  ) {
    if (requested.budgetTokens === 'dynamic') return { thinkingBudget: -1 }
    const taken = nearestBudget(requested.budgetTokens, budget)
    if (taken !== requested.budgetTokens) notes.drop('reasoning-budget')
    return { thinkingBudget: taken }
  }
  const effort = effortOf(requested)
  if (effort === undefined) return {}
  const thinkingLevel = levelOf(effort, levels)
  if (thinkingLevel !== effort.toUpperCase())
    notes.drop(requested.effort === undefined ? 'reasoning-budget' : 'reasoning-effort')
  return { thinkingLevel }
}

function levelOf(
  effort: NonNullable<ReasoningSettings['effort']>,
  { hasMinimal, hasMedium }: Generation['levels'],
): string {
  if (effort === 'none' || effort === 'minimal') return hasMinimal ? 'MINIMAL' : 'LOW'
  if (effort === 'low') return 'LOW'
  // as Google does at its OpenAI-compatible endpoint
  return effort === 'medium' && hasMedium ? 'MEDIUM' : 'HIGH'
}
