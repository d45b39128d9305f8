// Settings whose values have their own spelling in OpenAI's chat dialect.

import { optionalBoolean, optionalCount, optionalWord } from '../../../../wire/field.ts'
import { settings } from '../../../canonical/settings.ts'
import type { SettingReading } from '../../../fields/index.ts'

/** Groq's `default` means the same as an absent effort. https://console.groq.com/docs/reasoning */
export function readEffort({ document, fields, name, path }: SettingReading): string | undefined {
  const efforts = [...settings['reasoning-effort'].type, 'default'] as const
  const effort = optionalWord(document, fields, name, efforts, path)
  return effort === 'default' ? undefined : effort
}

export function readLogprobs({ document, fields }: SettingReading): { top: number } | undefined {
  const isRequested = optionalBoolean(document, fields, 'logprobs')
  const top = optionalCount(document, fields, 'top_logprobs')
  return isRequested ? { top: top ?? 0 } : undefined
}
