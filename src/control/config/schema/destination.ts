// Destinations: accounts at vendors, MCP servers, agents, and your own model servers. The settings of a
// kind are under `options`.

import { z } from 'zod'
import { secret } from '../secret.ts'
import { count, strictFields, withFix } from '../values.ts'
import { own } from './access.ts'
import { timeouts } from './server.ts'

const url = z
  .string()
  .superRefine((text, context) => {
    const fault = (message: string, fix: string) =>
      context.addIssue({ code: 'custom', message: withFix(message, fix) })
    if (!URL.canParse(text))
      return fault(`"${text}" is not a URL`, 'write it with its scheme, like https://api.example/v1')
    const { protocol, username, password, search, hash } = new URL(text)
    if (protocol !== 'https:' && protocol !== 'http:')
      return fault(`the scheme "${protocol}" is not supported`, 'use https:// or http://')
    // a URL is written to the snapshot, to logs and into errors
    if (username !== '' || password !== '')
      return fault(
        'the URL contains a user or a password',
        'use "key" or "credential" instead: URLs must not contain secrets',
      )
    if (search !== '' || hash !== '')
      return fault(
        'the URL has a query or a fragment',
        'write only the base URL; put keys into "key" or "credential"',
      )
  })
  .describe(
    'The base URL. Gatehouse appends the path of the API: `/chat/completions` for OpenAI and compatible servers (so the URL usually ends in `/v1`), `/v1/messages` for `anthropic`, `/v1beta/models/…` for `gemini`. If the URL already ends in the version, it is not added twice.',
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
      const fault = (message: string, fix: string) =>
        context.addIssue({ code: 'custom', path: [name], message: withFix(message, fix) })
      if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name))
        fault(`"${name}" is not a header name`, 'header names have letters, digits and "-"')
      else if (secretHeaders.has(name.toLowerCase()))
        fault(
          `the header "${name}" carries a secret, and headers are stored as plain text`,
          'use "key" or "credential" instead',
        )
      else if (ourHeaders.has(name.toLowerCase()))
        fault(`the header "${name}" is set by the gateway itself`, 'leave it out')
      if (/[\r\n\0]/.test(value)) fault('the value of a header contains a line break', 'write it on one line')
    }
  })
  .describe(
    'Headers that are added to every request. Do not put secrets here: headers are stored as plain text.',
  )

export const traits = z.array(
  z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, {
    error: () => withFix('a trait is one word', 'write it like eu, inside or zero-retention'),
  }),
)

export const destination = strictFields({
  kind: z.string().min(1).describe('The kind of destination.'),
  url: url.optional(),
  key: secret.optional().describe('The key of the account. Its kind decides how the key is sent.'),
  credential: z
    .looseObject({ kind: z.string().min(1) })
    .optional()
    .describe('Another way to authenticate, instead of `key`.'),
  headers: headers.optional(),
  traits: traits.optional().describe('Names that policies can require: `inside`, `eu`, `zero-retention`.'),
  capacity: strictFields({
    concurrent: count.optional().describe('Concurrent calls. Beyond this number the next target is tried.'),
  })
    .optional()
    .describe('The load that it can carry.'),
  sharedState: z
    .enum(['refuse', 'allow'])
    .optional()
    .describe(
      'Whether requests may refer by id to data in the account at the vendor: files, containers, vector stores, cached contents, stored prompts, items. All callers share the account, so a caller with an id could read the data of another caller, and guards cannot read that data. Set `allow` only if every caller of this provider may see everything in the account. Default: refuse.',
    ),
  timeouts: timeouts
    .optional()
    .describe('Time-outs of calls to it. Missing ones are as set for all providers.'),
  options: z.record(z.string(), z.unknown()).optional().describe('Settings of this kind.'),
  ...own,
})

export type DestinationConfig = z.output<typeof destination>
