// One recorded exchange with a real provider, and a folder of them: one JSON file each, in folders named
// after providers.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Front } from '../journeys/dialect-clients.ts'
import { at, isObject, texted } from './json.ts'

export interface Recording {
  name: string
  /** The provider: `openai`, `azure`, `mistral`. */
  provider: string
  dialect: Front
  /** The operation: a response, a token count or embeddings. */
  kind: 'generate' | 'count' | 'embed'
  /** The provider's own name of the model. */
  model: string
  isStream: boolean
  /** With its query, as sent to the provider. */
  path: string
  requestHeaders: Readonly<Record<string, string>>
  /** Absent means that only the response was kept. */
  request?: Readonly<Record<string, unknown>>
  status: number
  headers: Readonly<Record<string, string>>
  answer: string
}

export interface Recordings {
  recordings: readonly Recording[]
  /** Dialect → files without an endpoint in the gateway. */
  withoutDoor: Readonly<Record<string, number>>
}

const doors: Readonly<Record<string, Pick<Recording, 'dialect' | 'kind'>>> = {
  'openai-chat': { dialect: 'openai-chat', kind: 'generate' },
  'openai-responses': { dialect: 'openai-responses', kind: 'generate' },
  'anthropic-messages': { dialect: 'anthropic-messages', kind: 'generate' },
  'anthropic-count-tokens': { dialect: 'anthropic-messages', kind: 'count' },
  'gemini-generate': { dialect: 'gemini', kind: 'generate' },
  'gemini-count-tokens': { dialect: 'gemini', kind: 'count' },
  'openai-embeddings': { dialect: 'openai-chat', kind: 'embed' },
  'gemini-embeddings': { dialect: 'gemini', kind: 'embed' },
}

/** The name in the report: embeddings are separate dialects. */
export const dialectName = ({ dialect, kind }: Pick<Recording, 'dialect' | 'kind'>): string =>
  kind === 'embed' ? `${dialect.replace('-chat', '')}-embeddings` : dialect

/** @throws Error that names the file that is not a recording */
export function readRecordings(folder: string): Recordings {
  const recordings: Recording[] = []
  const withoutDoor: Record<string, number> = {}
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (!file.endsWith('.json')) continue
    const value: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const protocol = texted(at(value, 'protocol'))
    if (protocol === undefined || !isObject(value))
      throw new Error(`${file} is no recorded exchange: it names no protocol`)
    const door = doors[protocol]
    if (door) recordings.push(recordingOf(value, door, file))
    else withoutDoor[protocol] = (withoutDoor[protocol] ?? 0) + 1
  }
  return { recordings, withoutDoor }
}

function recordingOf(
  value: Readonly<Record<string, unknown>>,
  door: Pick<Recording, 'dialect' | 'kind'>,
  file: string,
): Recording {
  const response = texted(value['response_body'])
  const path = texted(value['path'])
  const status = value['status']
  if (response === undefined || path === undefined || typeof status !== 'number')
    throw new Error(
      `${file} is no recorded exchange: it needs response_body and path (texts) and status (a number)`,
    )
  const request = value['request_body']
  return {
    ...door,
    name: texted(value['name']) ?? file,
    provider: texted(value['provider']) ?? 'unknown',
    model: texted(value['model'])?.replace(/^models\//, '') || 'some-model',
    isStream: value['framing'] === 'sse',
    path,
    requestHeaders: textsOf(value['request_headers']),
    ...(isObject(request) && { request }),
    status,
    headers: textsOf(value['response_headers']),
    answer: response,
  }
}

const textsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text] as const] : [],
    ),
  )
