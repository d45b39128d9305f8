// Destinations: accounts at vendors, servers of tools, agents, or servers of one's own. The settings of a
// kind are under `options`.

import { z } from 'zod'
import { secret } from '../secret.ts'
import { count, fields, told } from '../values.ts'
import { own } from './access.ts'
import { timeouts } from './server.ts'

const url = z
  .string()
  .superRefine((text, context) => {
    const fault = (message: string, cure: string) =>
      context.addIssue({ code: 'custom', message: told(message, cure) })
    if (!URL.canParse(text))
      return fault(`"${text}" is not a URL`, 'write it with its scheme, like https://api.example/v1')
    const { protocol, username, password, search, hash } = new URL(text)
    if (protocol !== 'https:' && protocol !== 'http:')
      return fault(`"${protocol}" is not a scheme that destinations speak`, 'use https:// or http://')
    // a URL is written to the snapshot, to logs and into errors
    if (username !== '' || password !== '')
      return fault(
        'the URL has a password in it',
        'use "key" or "credential" instead: secrets do not belong into URLs',
      )
    if (search !== '' || hash !== '')
      return fault(
        'the URL has a query or a fragment',
        'write only the base URL; keys go into "key" or "credential"',
      )
  })
  .describe(
    'Base URL, to which paths are added: `/chat/completions` at OpenAI and all that is compatible (so it usually ends in `/v1`), `/v1/messages` and `/v1beta/models/…` at the kinds `anthropic` and `gemini` (a version at its end is joined once).',
  )

const secretHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-auth-token',
])
const ourHeaders = new Set([
  'host',
  'content-length',
  'content-type',
  'transfer-encoding',
  'connection',
  'accept-encoding',
])

const headers = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
  .superRefine((all, context) => {
    for (const [name, value] of Object.entries(all)) {
      const fault = (message: string, cure: string) =>
        context.addIssue({ code: 'custom', path: [name], message: told(message, cure) })
      if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
        fault(`"${name}" is not a header's name`, 'names have letters, digits and "-"')
      else if (secretHeaders.has(name.toLowerCase()))
        fault(
          `the header "${name}" carries a secret, and headers are kept in clear`,
          'use "key" or "credential" instead',
        )
      else if (ourHeaders.has(name.toLowerCase()))
        fault(`the header "${name}" is set by the gateway itself`, 'leave it out')
      if (/[\r\n\0]/.test(value)) fault('a header has a line break in it', 'write it on one line')
    }
  })
  .describe('Added to every request. No secrets: they are kept in clear.')

export const traits = z.array(
  z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, {
    error: () => told('a trait is a plain word', 'write it like eu, inside or zero-retention'),
  }),
)

export const destination = fields({
  kind: z.string().min(1).describe('What it is.'),
  url: url.optional(),
  key: secret.optional().describe('Its key, sent the way its kind wants it.'),
  credential: z
    .looseObject({ kind: z.string().min(1) })
    .optional()
    .describe('Instead of `key`: another way to prove who we are.'),
  headers: headers.optional(),
  traits: traits.optional().describe('Words that policies ask for: `inside`, `eu`, `zero-retention`.'),
  capacity: fields({
    concurrent: count.optional().describe('Calls at once; beyond it the next target is tried.'),
  })
    .optional()
    .describe('What it can carry.'),
  sharedState: z
    .enum(['refuse', 'allow'])
    .optional()
    .describe(
      'May requests name things that live in the account at the vendor: files, containers, vector stores, cached contents, stored prompts, items by id? All callers share the account, so an id alone would let one read what another stored, and guards do not see it. `allow` only if everybody who may use this provider may see everything in the account. Default: refuse.',
    ),
  timeouts: timeouts
    .optional()
    .describe('Time-outs towards it; what is left out is as set for all providers.'),
  options: z.record(z.string(), z.unknown()).optional().describe('Settings of the kind.'),
  ...own,
})

export type DestinationConfig = z.output<typeof destination>
