// The client of the admin API. It checks every response against the schema of the server.

import type { z } from 'zod'
import { problemSchema } from '../../contract/admin-api.ts'
import type { Clock } from '../../kit/clock.ts'
import { Failure } from '../failure.ts'
import { mistakeText } from '../mistake-text.ts'
import { plain } from '../terminal/plain.ts'

export type Query = Readonly<Record<string, string | undefined>>

export interface AdminResponse<Value> {
  value: Value
  /** As received, for `--json`: a newer gateway may send more than this command knows. */
  raw: unknown
}

export interface AdminClient {
  get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    query?: Query,
  ): Promise<AdminResponse<z.infer<Schema>>>
  post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body?: unknown,
  ): Promise<AdminResponse<z.infer<Schema>>>
  remove(path: string): Promise<void>
  text(path: string, query: Query): Promise<string>
  /** Stays open. */
  stream(path: string, query: Query): Promise<ReadableStream<Uint8Array>>
}

export interface AdminClientOptions {
  url: URL
  adminKey: string
  clock: Clock
}

const responseTimeoutMs = 30_000

/** Every method throws Failure: `unreachable`, `notAuthorized`, `refused`. */
export function createAdminClient({ url, adminKey, clock }: AdminClientOptions): AdminClient {
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}/admin/v1`

  async function send(method: string, path: string, query: Query = {}, body?: unknown): Promise<Response> {
    const abort = new AbortController()
    const timer = clock.after(responseTimeoutMs, () => abort.abort())
    try {
      const response = await fetch(`${base}${path}${queryText(query)}`, {
        method,
        headers: {
          authorization: `Bearer ${adminKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A redirect would send the admin key to another server.
        redirect: 'manual',
        signal: abort.signal,
      })
      if (!response.ok) throw await refusal(url, response)
      return response
    } catch (error) {
      if (error instanceof Failure) throw error
      const why = abort.signal.aborted ? `no response within ${responseTimeoutMs / 1_000} s` : reason(error)
      throw new Failure(
        'unreachable',
        `cannot reach the gateway at ${url.origin}: ${why}; check that it runs, and --url (or $GATEHOUSE_URL)`,
      )
    } finally {
      timer.cancel()
    }
  }

  async function readResponse<Schema extends z.ZodType>(
    response: Response,
    schema: Schema,
  ): Promise<AdminResponse<z.infer<Schema>>> {
    const raw: unknown = await response.json().catch(() => undefined)
    const parsed = schema.safeParse(raw)
    if (parsed.success) return { value: parsed.data, raw }
    throw new Failure(
      'unreachable',
      `${url.origin} sent a response that this command cannot read; check that gateway and command have the same version`,
    )
  }

  return {
    get: async (path, schema, query) => readResponse(await send('GET', path, query), schema),
    post: async (path, schema, body) => readResponse(await send('POST', path, {}, body), schema),
    remove: async (path) => void (await send('DELETE', path)),
    text: async (path, query) => (await send('GET', path, query)).text(),
    stream: async (path, query) => (await send('GET', path, query)).body ?? new ReadableStream(),
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`
}

async function refusal(url: URL, response: Response): Promise<Failure> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined))
  if (!problem.success) {
    return new Failure(
      'unreachable',
      `${url.origin} is not a Gatehouse admin API (it returned ${response.status}); check --url (or $GATEHOUSE_URL)`,
    )
  }
  const { status, code, detail, errors = [] } = problem.data
  const kind = status === 401 || status === 403 || code === 'too-many-attempts' ? 'notAuthorized' : 'refused'
  const places = errors.map(mistakeText)
  return new Failure(kind, [plain(detail), ...places].join('\n  '), problem.data)
}

const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'the connection failed'
