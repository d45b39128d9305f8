// The caller's own headers that are sent to a provider, and the form that each must have. No text fits into
// these forms, but guards read the headers anyway. https://docs.claude.com/en/api/versioning,
// https://docs.claude.com/en/api/beta-headers, https://platform.openai.com/docs/api-reference/authentication

import type { Piece } from '../../../contract/content.ts'
import { GatewayError } from '../../../contract/errors.ts'

const passed: Readonly<Record<string, { form: RegExp; example: string }>> = {
  'anthropic-version': { form: /^\d{4}-\d{2}-\d{2}$/, example: '2023-06-01' },
  'anthropic-beta': {
    form: /^(?!.*\d{9})[a-z][a-z0-9-]{0,79}(?:\s*,\s*[a-z][a-z0-9-]{0,79}){0,63}$/,
    example: 'context-1m-2025-08-07, interleaved-thinking-2025-05-14',
  },
  'openai-organization': { form: /^(?!.*\d{9})[A-Za-z][\w-]{0,79}$/, example: 'org-abc123' },
  'openai-project': { form: /^(?!.*\d{9})[A-Za-z][\w-]{0,79}$/, example: 'proj_abc123' },
}

/**
 * Reads a header of the caller's for a provider. @throws GatewayError `bad-request` when its value has
 * another form
 */
export function passedHeader(from: Headers, name: string): string | undefined {
  const value = from.get(name)
  if (value === null) return undefined
  const known = passed[name]
  if (known?.form.test(value)) return value
  const form = known ? `have a form like "${known.example}"` : 'not be sent'
  throw new GatewayError('bad-request', `the header "${name}" must ${form}`, { param: name })
}

/** The pieces of these headers that guards read. */
export function headerPieces(from: Headers): Piece[] {
  return Object.keys(passed).flatMap((name): Piece[] => {
    const text = from.get(name)
    return text === null
      ? []
      : [
          {
            channel: `headers/${name}`,
            kind: 'text',
            text,
            form: 'whole',
            escaping: 'none',
            fieldAt: () => name,
          },
        ]
  })
}
