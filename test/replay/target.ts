// The target of a recording: the provider that represents its vendor, and the model by its recorded name.

import { type Front, fronts } from '../journeys/dialect-clients.ts'
import { factsOf } from './facts/index.ts'
import type { Recording } from './recording.ts'

/** The configured provider that represents a recording's vendor. */
export const providerOf = ({ dialect, provider }: Pick<Recording, 'dialect' | 'provider'>): string =>
  `${dialect}-${provider.replace(/[^a-z0-9-]/g, '-')}`

/** Errors get a separate model and a target that is tried once, because a failed target is paused. */
export const targetOf = (recording: Recording, from: Front | 'same'): string =>
  isAnswer(recording) ? `${providerOf(recording)}/${recording.model}` : failing(recording, from)

/** Names are limited to a hundred characters. */
const failing = ({ dialect, provider, name }: Recording, from: Front | 'same') =>
  `failing-${from}-${Bun.hash(`${dialect}/${provider}/${name}`).toString(36)}`

/** The same models, with their targets. */
export function failures(recording: Recording): [model: string, target: string][] {
  if (isAnswer(recording)) return []
  return (['same', ...fronts] as const).map((from) => [
    failing(recording, from),
    `${providerOf(recording)}/${failing(recording, from)}`,
  ])
}

/** Whether it is a response, and not an error or something else with a good status. */
export function isAnswer({ dialect, kind, status, answer, isStream }: Recording): boolean {
  if (status >= 400) return false
  if (kind !== 'generate') return true
  const { error, choices, tokens } = factsOf(dialect, answer, isStream)
  return (
    error === undefined &&
    (choices.some(({ text, finish, calls }) => text !== '' || finish !== undefined || calls.length > 0) ||
      tokens !== undefined)
  )
}
