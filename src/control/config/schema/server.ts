// The server's own settings: addresses, trusted proxies, limits.

import { isIP } from 'node:net'
import { z } from 'zod'
import { secret } from '../secret.ts'
import { count, duration, strictFields, size, withFix } from '../values.ts'

export const fixForListen = 'write host:port, like 127.0.0.1:8080 or 0.0.0.0:8080'
/** `[::1]:8080` → `::1` and 8080. Absent means not an address. */
export function listenAddress(text: string): { host: string; port: number } | undefined {
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[^:\s/]+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined || Number(port) > 65_535) return undefined
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

const listen = z
  .string({
    error: ({ input }) =>
      input === undefined
        ? undefined
        : withFix(`${JSON.stringify(input)} is not an address to listen on`, fixForListen),
  })
  .transform((text, context) => {
    const address = listenAddress(text)
    if (address !== undefined) return address
    context.addIssue({
      code: 'custom',
      message: withFix(`"${text}" is not an address to listen on`, fixForListen),
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
      withFix(
        `"${String(issue.input)}" is neither an address nor a network`,
        'write it like 10.0.0.7 or 10.0.0.0/8',
      ),
  },
)

const origin = z
  .string()
  .refine((text) => text === '*' || (URL.canParse(text) && new URL(text).origin === text), {
    error: (issue) =>
      withFix(
        `"${String(issue.input)}" is not an origin`,
        'write scheme and host without a path, like https://app.example, or "*"',
      ),
  })

const fixForKeep = 'write a number and its unit (24h, 30d), or off'
const longestKeepMs = 90 * 24 * 3_600_000

const dayMs = 24 * 3_600_000
/** As long as roll-ups are kept by the day. */
const longestRecordsMs = 1_100 * dayMs

export const records = strictFields({
  keep: duration
    .refine((ms) => ms >= dayMs, {
      error: withFix('records must be kept for at least a day', 'write 1d or more'),
    })
    .refine((ms) => ms <= longestRecordsMs, {
      error: withFix(
        'records can be kept for at most 1100 days',
        'write 1100d or less, and export records that you need for longer',
      ),
    })
    .describe('How long records are kept, from 1d to 1100d.'),
})

export const timeouts = strictFields({
  connect: duration.optional().describe('For the connection to the provider (TCP, TLS).'),
  firstToken: duration.optional().describe('From the request to the first piece of the response.'),
  idle: duration.optional().describe('Between two pieces of a streamed response. 0 turns it off.'),
  total: duration.optional().describe('For one attempt, from start to end. 0 turns it off.'),
})

export const retry = strictFields({
  attempts: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(2)
    .describe('The number of tries at one target, the first included.'),
  within: duration
    .default(20_000)
    .describe('A retry starts only within this time. Retry-After is obeyed within it.'),
})

/** The settings of the top level that are not sections of named entries. */
export const server = {
  version: z
    .literal(1, {
      error: () =>
        withFix('the version is not 1', 'write "version: 1", the only version that this build reads'),
    })
    .describe('The version of this format.'),
  listen: listen
    .optional()
    .describe(
      'The address of the gateway, `host:port`. Default: 127.0.0.1:8080. `serve --listen` and $GATEHOUSE_LISTEN replace it. A change needs a restart.',
    ),
  tls: strictFields({
    cert: z.string().min(1).describe('Path of the certificate chain (PEM), relative to this file.'),
    key: z.string().min(1).describe('Path of the private key (PEM), relative to this file.'),
  })
    .optional()
    .describe('Serves HTTPS. A change needs a restart.'),
  trustedProxies: z
    .array(network)
    .optional()
    .describe(
      'Addresses and networks of proxies whose `x-forwarded-for` header is trusted. A change needs a restart.',
    ),
  cors: strictFields({
    origins: z.array(origin).min(1).describe('Origins of web pages that may call, or "*".'),
  })
    .optional()
    .describe('Lets web pages of these origins call the gateway. A change needs a restart.'),
  data: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The folder of the journal, the last snapshot and the embedded store. Default: ./data next to this file. A change needs a restart.',
    ),
  admin: strictFields({
    key: secret
      .optional()
      .describe('The key of the admin API. Default: the first start creates one and prints it once.'),
    listen: listen
      .optional()
      .describe(
        'A separate address for the admin API. Default: the address of the gateway. A change needs a restart.',
      ),
  })
    .optional()
    .describe('The admin API.'),
  metrics: strictFields({
    listen: listen
      .optional()
      .describe(
        'A separate address for /metrics, which needs no key. Default: the addresses of the gateway and of the admin API. A change needs a restart.',
      ),
  })
    .optional()
    .describe('The metrics for Prometheus.'),
  include: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'More files (globs, relative to this file) with providers, models, teams and other sections. A name that is defined twice is an error.',
    ),
  limits: strictFields({
    bodyBytes: size.optional().describe('The largest request body. Default: 32MB.'),
    bodiesBytes: size
      .optional()
      .describe(
        'The memory for all request bodies together, while they arrive or wait for the first piece of their response. Default: 512MB.',
      ),
    depth: z
      .number()
      .int()
      .min(8)
      .max(1_000)
      .optional()
      .describe('The deepest nesting of a JSON body. Default: 100.'),
    inFlight: count
      .optional()
      .describe(
        'Concurrent calls at all endpoints together. Beyond this number calls get a 503. Default: 4096.',
      ),
    bodyTime: duration.optional().describe('The time in which the whole body must arrive. Default: 60s.'),
  })
    .optional()
    .describe('Limits of the server.'),
  responses: strictFields({
    keep: z
      .union([z.literal(['off', false]).transform(() => 0), duration], {
        error: ({ input }) =>
          input === undefined ? undefined : withFix(`${JSON.stringify(input)} is not a duration`, fixForKeep),
      })
      .refine((ms) => ms <= longestKeepMs, {
        error: withFix('a response cannot be kept for more than 90 days', 'write 90d or less'),
      })
      .optional()
      .describe(
        'How long responses are kept (encrypted, in `data`) for `previous_response_id`, retrieval and item references. At most 90d. `off` keeps none and erases the kept ones. Default: 24h.',
      ),
    perKey: size
      .optional()
      .describe(
        'The space for one caller (the keys of a workload or person share it). When it is full, the oldest responses are removed. Default: 64MB.',
      ),
    total: size
      .optional()
      .describe(
        'The space for all callers. When it is full, the oldest responses are removed. Default: 1GB.',
      ),
    storesUpstream: z
      .boolean()
      .optional()
      .describe(
        'Whether vendors may keep responses too, as callers request with `store` (OpenAI keeps them by default). Gatehouse cannot read or delete those copies. `false` sends `store: false` to vendors, and requests reasoning in encrypted form. Default: true.',
      ),
  })
    .optional()
    .describe(
      'The responses that Gatehouse keeps, so that conversations can continue by id. See docs/guides/responses.md.',
    ),
  timeouts: timeouts.optional().describe('Time-outs of calls to providers without their own.'),
  retry: retry
    .optional()
    .describe('Retries of models without their own, and of targets that are called by their own name.'),
  runs: strictFields({
    idle: duration.optional().describe('The time without a call after which a run ends. Default: 1d.'),
    children: count.optional().describe('Concurrent calls within one call. Default: 8.'),
    keep: duration
      .optional()
      .describe('How long the spending of ended runs and ended budget windows is kept. Default: 90d.'),
  })
    .optional()
    .describe('Runs of agents. Budgets `per: run` count their spending.'),
  records: records
    .optional()
    .describe(
      'How long records are kept. A team can have its own setting. Usage and budgets do not depend on it. Default: 90d.',
    ),
  drainOnClientGone: duration
    .optional()
    .describe('How long a response is still read for its usage after the client disconnected. Default: 30s.'),
}
