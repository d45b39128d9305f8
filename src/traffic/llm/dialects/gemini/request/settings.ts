// Settings whose values have their own spelling in Google's dialect.

import type { Json } from '../../../../../kit/json.ts'
import type { ReasoningSettings } from '../../../canonical/index.ts'
import type { SettingReading } from '../../../fields/index.ts'
import { optionalBoolean, optionalNumber, optionalString } from '../../../../wire/field.ts'

const levels = { MINIMAL: 'minimal', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' } as const

export function readLevel({ document, fields, name, path }: SettingReading): ReasoningSettings['effort'] {
  const level = optionalString(document, fields, name, path)?.toUpperCase()
  return Object.entries(levels).find(([each]) => each === level)?.[1]
}

export function readBudget({
  document,
  fields,
  name,
  path,
}: SettingReading): ReasoningSettings['budgetTokens'] {
  const budget = optionalNumber(document, fields, name, path)
  return budget === undefined ? undefined : budget < 0 ? 'dynamic' : Math.trunc(budget)
}

export function readSummary({ document, fields, name, path }: SettingReading): ReasoningSettings['summary'] {
  const isShown = optionalBoolean(document, fields, name, path)
  return isShown === undefined ? undefined : isShown ? 'auto' : 'none'
}

/** The canonical names of tiers are OpenAI's. */
export function readTier({ document, fields, name, path }: SettingReading): string | undefined {
  const tier = optionalString(document, fields, name, path)
    ?.replace(/^SERVICE_TIER_/, '')
    .toLowerCase()
  return tier === 'standard' ? 'default' : tier === 'unspecified' ? undefined : tier
}

/** Google refuses an empty list. */
export const writeStop = (texts: Json): Json | undefined =>
  Array.isArray(texts) && texts.length > 0 ? texts : undefined
