// The caller's own key at the provider, sent in a separate header in addition to the Gatehouse key. It is
// forwarded and never stored.

import { z } from 'zod'
import { GatewayError } from '../../contract/errors.ts'
import { callerHeaderOf, defaultCallerHeader } from '../../contract/upstream.ts'
import { isHeaderValue } from '../headers.ts'
import { type CredentialKind, putKey } from './credential.ts'

/** Headers that may have a Gatehouse key. Their values must never go upstream. */
const keyHeaders: readonly string[] = [
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'proxy-authorization',
  'cookie',
]

export const caller: CredentialKind = {
  kind: 'caller',
  schema: z.strictObject({
    kind: z.literal('caller').describe("The caller's own key at the provider."),
    from: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .refine(
        (name) => !keyHeaders.includes(name.toLowerCase()),
        'is a header in which the Gatehouse key arrives; choose another',
      )
      .optional()
      .describe(`The header in which the caller sends the key. Default: \`${defaultCallerHeader}\`.`),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .optional()
      .describe('The header with the key in requests to the provider. Default: `authorization`.'),
    prefix: z
      .string()
      .optional()
      .describe('The word before the key. Default: `Bearer` in `authorization`, none in other headers.'),
  }),
  secrets: [],
  prepare(rule, { provider }) {
    const from = callerHeaderOf(rule)
    const header = (rule.settings.header ?? 'authorization').toLowerCase()
    if (keyHeaders.includes(from))
      throw new GatewayError(
        'upstream-credential',
        `${provider}: "${from}" is a header for Gatehouse keys, which must not be sent upstream`,
      )
    return {
      apply(outgoing) {
        const key = outgoing.callerHeaders?.get(from)?.trim()
        if (!key)
          throw new GatewayError(
            'upstream-credential',
            `${provider} needs your own key of that provider; send it in the header "${from}"`,
          )
        if (!isHeaderValue(key))
          throw new GatewayError(
            'upstream-credential',
            `The header "${from}" contains characters that no key has`,
          )
        if (isGatehouseKey(key, outgoing.callerHeaders)) {
          throw new GatewayError(
            'upstream-credential',
            `The header "${from}" contains your Gatehouse key; send your own key of ${provider} in it`,
          )
        }
        putKey(outgoing, header, rule.settings.prefix, key)
      },
    }
  },
}

/**
 * Users paste the key that they have, alone or with other text. The gateway has already removed the Gatehouse
 * keys that it knows. This check works without a list of keys.
 */
function isGatehouseKey(key: string, headers: Headers | undefined): boolean {
  return keyHeaders.some((name) => wordsOf(headers?.get(name) ?? '').some((word) => key.includes(word)))
}

/** Shorter texts are not keys: `Bearer`, `Basic`. */
const wordsOf = (value: string) => value.split(/[\s"',;=]+/).filter((word) => word.length >= 8)
