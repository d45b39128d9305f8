// One demo provider: takes a request for chat or embeddings, simulates the model's failures, and responds at
// the model's pace.

import type { UpstreamResponse } from '../../../../contract/upstream.ts'
import type { Provider, ProviderCall } from '../../provider.ts'
import type { Means } from '../kind.ts'
import { type Answer, answer, newId, tokensIn } from './answer.ts'
import { chunks, completion, errorBody } from './chat-wire.ts'
import { readEmbedRequest } from './embed-request.ts'
import { embeddings } from './embed-wire.ts'
import {
  type DemoModel,
  demoModels,
  embedModels,
  type Failure,
  modelNames,
  failures,
  type Trouble,
  unknownModel,
  unknownPath,
} from './models.ts'
import { type Pacing, pacedBody, waitUntil } from './paced.ts'
import { readRequest } from './request.ts'
import { RequestFault } from './request-fault.ts'
import { streamed, whole } from './response.ts'

export function demoProvider(
  name: string,
  hasPauses: boolean,
  { clock, random }: Pick<Means, 'clock' | 'random'>,
): Provider {
  let flakyCalls = 0

  function troubleOf({ troubles }: DemoModel): Trouble {
    if (!troubles) return 'none'
    const trouble = troubles[flakyCalls % troubles.length] ?? 'none'
    flakyCalls += 1
    return trouble
  }

  async function send({ path, body, attempt }: ProviderCall): Promise<UpstreamResponse> {
    const sentAt = clock.monotonic()
    attempt.onSent()
    const headers = (): [string, string][] => [
      ['x-request-id', newId('req_', 32, random)],
      ['openai-version', '2020-10-01'],
      ['openai-processing-ms', String(Math.round(clock.monotonic() - sentAt))],
    ]
    const fail = (failure: Failure) =>
      whole(failure.status, [...headers(), ...retryAfter(failure)], errorBody(failure))

    const refuse = ({ status, message, param, code }: RequestFault) =>
      fail({ status, message, param, code, type: 'invalid_request_error' })

    if (path === '/embeddings') return embed()
    if (path !== '/chat/completions') return fail(unknownPath(path))
    const request = readRequest(body)
    if (request instanceof RequestFault) return refuse(request)
    const model = Object.hasOwn(demoModels, request.model) ? demoModels[request.model] : undefined
    if (!model) return fail(unknownModel(request.model))
    const trouble = troubleOf(model)
    if (trouble !== 'none' && trouble !== 'cut') return fail(failures[trouble])

    const pace = hasPauses ? model.pace : { first: 0, perToken: 0 }
    const pacing: Pacing = { clock, pace, timeouts: attempt.timeouts, signal: attempt.signal, sentAt }
    const envelope = { id: newId('chatcmpl-', 29, random), created: Math.floor(clock.now() / 1000) }
    const answers = Array.from({ length: request.answers }, () => answer(request, model.isAgent, random))
    if (request.isStreaming)
      return streamed(
        headers(),
        pacedBody(chunks(envelope, request, answers), pacing, trouble === 'cut' ? half(answers) : undefined),
      )
    await waitUntil(sentAt + pace.first + longest(answers) * pace.perToken, pacing, true)
    return whole(200, headers(), completion(envelope, request, answers), trouble === 'cut')

    async function embed(): Promise<UpstreamResponse> {
      const wanted = orFault(() => readEmbedRequest(body))
      if (wanted instanceof RequestFault) return refuse(wanted)
      const embedder = Object.hasOwn(embedModels, wanted.model) ? embedModels[wanted.model] : undefined
      if (!embedder) return fail(unknownModel(wanted.model))
      if (hasPauses)
        await waitUntil(
          sentAt + embedder.pace.first,
          { clock, pace: embedder.pace, timeouts: attempt.timeouts, signal: attempt.signal, sentAt },
          true,
        )
      return whole(200, headers(), embeddings(wanted))
    }
  }

  return {
    name,
    dialects: ['openai-chat', 'openai-embeddings'],
    departures: { usageInStream: true, unbilledErrors: 'all' },
    send,
    discover: async () => modelNames,
  }
}

function orFault<Value>(read: () => Value): Value | RequestFault {
  try {
    return read()
  } catch (fault) {
    if (fault instanceof RequestFault) return fault
    throw fault
  }
}

const retryAfter = ({ retryAfterSeconds }: Failure): [string, string][] =>
  retryAfterSeconds === undefined ? [] : [['retry-after', String(retryAfterSeconds)]]

/** Several choices are written in parallel. */
const longest = (answers: readonly Answer[]): number => Math.max(...answers.map(tokensIn))

/** A number of chunks: the opening one and half of the tokens, but never the end. */
const half = (answers: readonly Answer[]): number => 1 + Math.floor(longest(answers) / 2)
