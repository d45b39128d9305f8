// The server's own settings: where it listens, whom it trusts, what it bounds.

import { isIP } from 'node:net'
import { z } from 'zod'
import { secret } from '../secret.ts'
import { count, duration, fields, size, told } from '../values.ts'

const cureForListen = 'write host:port, like 127.0.0.1:8080 or 0.0.0.0:8080'
const listen = z
  .string({
    error: ({ input }) =>
      input === undefined
        ? undefined
        : told(`${JSON.stringify(input)} is not an address to listen on`, cureForListen),
  })
  .transform((text, context) => {
    const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[^:\s/]+):(\d{1,5})$/.exec(text) ?? []
    const number = Number(port)
    if (host !== undefined && number <= 65_535) return { host: host.replace(/^\[|\]$/g, ''), port: number }
    context.addIssue({
      code: 'custom',
      message: told(`"${text}" is not an address to listen on`, cureForListen),
    })
    return z.NEVER
  })
  .meta({
    description: '`host:port`. 0.0.0.0 listens on every address of the machine.',
    examples: ['127.0.0.1:8080'],
  })

const network = z.string().refine(
  (text) => {
    const [address = '', bits, more] = text.split('/')
    const version = isIP(address)
    if (version === 0 || more !== undefined) return false
    return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32))
  },
  {
    error: (issue) =>
      told(
        `"${String(issue.input)}" is neither an address nor a network`,
        'write it like 10.0.0.7 or 10.0.0.0/8',
      ),
  },
)

const origin = z
  .string()
  .refine((text) => text === '*' || (URL.canParse(text) && new URL(text).origin === text), {
    error: (issue) =>
      told(
        `"${String(issue.input)}" is not an origin`,
        'write scheme and host without a path, like https://app.example, or "*"',
      ),
  })

const cureForKeep = 'write a number and its unit (24h, 30d), or off'
const longestKeepMs = 90 * 24 * 3_600_000

const dayMs = 24 * 3_600_000
/** As long as roll-ups are kept by the day. */
const longestRecordsMs = 1_100 * dayMs

export const records = fields({
  keep: duration
    .refine((ms) => ms >= dayMs, { error: told('records are kept for a day at least', 'write 1d or more') })
    .refine((ms) => ms <= longestRecordsMs, {
      error: told(
        'records are kept for 1100 days at most',
        'write 1100d or less, and export what must be kept for longer',
      ),
    })
    .describe('From 1d to 1100d.'),
})

export const timeouts = fields({
  connect: duration.optional().describe('To reach the provider (TCP, TLS).'),
  firstToken: duration.optional().describe('From the request to the first piece of the answer.'),
  idle: duration.optional().describe('Between two pieces of a streamed answer; 0 switches it off.'),
  total: duration.optional().describe('For one attempt from start to end; 0 switches it off.'),
})

export const retry = fields({
  attempts: z.number().int().min(1).max(10).default(2).describe('Tries at one target, the first included.'),
  within: duration
    .default(20_000)
    .describe('A further try starts only in this time; Retry-After is honored within it.'),
})

/** Everything of the top level that is not a section of named things. */
export const server = {
  version: z
    .literal(1, {
      error: () => told('the version is not 1', 'write "version: 1"; this build reads no other'),
    })
    .describe('Version of this format.'),
  listen: listen
    .optional()
    .describe('Where the gateway listens, `host:port`. Default: 127.0.0.1:8080. Takes a restart.'),
  tls: fields({
    cert: z.string().min(1).describe('Path of the certificate chain (PEM).'),
    key: z.string().min(1).describe('Path of the private key (PEM).'),
  })
    .optional()
    .describe('Serves HTTPS. Paths are relative to this file. Takes a restart.'),
  trustedProxies: z
    .array(network)
    .optional()
    .describe('Addresses and networks whose `x-forwarded-for` is believed. Takes a restart.'),
  cors: fields({ origins: z.array(origin).min(1).describe('Origins of browsers that may call, or "*".') })
    .optional()
    .describe('Lets browsers of these origins call the gateway. Takes a restart.'),
  data: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of journal, last snapshot and embedded store. Default: ./data beside this file. Takes a restart.',
    ),
  admin: fields({
    key: secret
      .optional()
      .describe('Key of the admin API. Absent: one is made at the first start and printed once.'),
    listen: listen
      .optional()
      .describe('A port of its own for the admin API; absent: the same as the gateway. Takes a restart.'),
  })
    .optional()
    .describe('The admin API.'),
  metrics: fields({
    listen: listen
      .optional()
      .describe(
        'An address of its own for /metrics, which asks for no key; absent: the addresses of the gateway and of the admin API. Takes a restart.',
      ),
  })
    .optional()
    .describe('Where Prometheus reads.'),
  include: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Further files (globs, relative to this one) with providers, models, teams, … A name defined twice is an error.',
    ),
  limits: fields({
    bodyBytes: size.optional().describe('Largest request body. Default: 32MB.'),
    bodiesBytes: size
      .optional()
      .describe(
        'Most that all bodies together may hold in memory while they arrive or wait for the first of their answer. Default: 512MB.',
      ),
    depth: z
      .number()
      .int()
      .min(8)
      .max(1_000)
      .optional()
      .describe('Deepest nesting of a JSON body. Default: 100.'),
    inFlight: count.optional().describe('Calls at once over all doors; beyond it 503. Default: 4096.'),
    bodyTime: duration.optional().describe('The whole body must have arrived by then. Default: 60s.'),
  })
    .optional()
    .describe('Bounds of the server.'),
  responses: fields({
    keep: z
      .union([z.literal(['off', false]).transform(() => 0), duration], {
        error: ({ input }) =>
          input === undefined ? undefined : told(`${JSON.stringify(input)} is not a duration`, cureForKeep),
      })
      .refine((ms) => ms <= longestKeepMs, {
        error: told('a response cannot be kept for more than 90 days', 'write 90d or less'),
      })
      .optional()
      .describe(
        'How long responses are kept (encrypted, in `data`) for `previous_response_id`, retrieval and item references; `off` keeps none and erases what there is. Default: 24h, at most 90d.',
      ),
    perKey: size
      .optional()
      .describe(
        'Most that is kept for one caller (the keys of a workload or person share it); the oldest go first. Default: 64MB.',
      ),
    total: size.optional().describe('Most that is kept in all; the oldest go first. Default: 1GB.'),
    storesUpstream: z
      .boolean()
      .optional()
      .describe(
        'May vendors keep responses too, as callers ask with `store` (OpenAI does unless told not to)? Nobody can reach or delete those through Gatehouse. `false`: vendors are told `store: false`, and reasoning goes along encrypted. Default: true.',
      ),
  })
    .optional()
    .describe(
      'What is kept of OpenAI responses, so that conversations can go on by id. docs/guides/responses.md',
    ),
  timeouts: timeouts.optional().describe('Time-outs towards providers that set none of their own.'),
  retry: retry
    .optional()
    .describe(
      'Retries of models that set none of their own, and of targets that are called by their own name.',
    ),
  runs: fields({
    idle: duration.optional().describe('A run is over after this long without a call. Default: 1d.'),
    children: count.optional().describe('Calls that may run at once within one call. Default: 8.'),
    keep: duration
      .optional()
      .describe(
        'How long the spending of a run that is over is remembered, and that of windows that ended. Default: 90d.',
      ),
  })
    .optional()
    .describe('Runs of agents, which budgets `per: run` count.'),
  records: records
    .optional()
    .describe(
      'How long records are kept; a team can have its own time. Usage and budgets do not depend on it. Default: 90d.',
    ),
  drainOnClientGone: duration
    .optional()
    .describe('How long an answer is read on for its usage when the client has left. Default: 30s.'),
}
