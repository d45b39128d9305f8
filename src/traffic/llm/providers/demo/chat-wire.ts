// Responses in OpenAI's chat dialect: one object, or chunks
// (https://platform.openai.com/docs/api-reference/chat-streaming).

import { type Answer, type AnsweredCall, headTokens, tokensIn } from './answer.ts'
import type { Failure } from './models.ts'
import type { Chunk } from './paced.ts'
import type { DemoRequest } from './request.ts'

export interface Envelope {
  id: string
  /** Seconds since the epoch. */
  created: number
}

/** A whole response. */
export function completion(
  { id, created }: Envelope,
  request: DemoRequest,
  answers: readonly Answer[],
): string {
  return JSON.stringify({
    id,
    object: 'chat.completion',
    created,
    model: request.model,
    choices: answers.map((answer, index) => ({
      index,
      message: messageOf(answer),
      logprobs: logprobsOf(request, answer),
      finish_reason: answer.finish,
    })),
    usage: usageOf(request, answers),
    service_tier: 'default',
    system_fingerprint: fingerprint,
  })
}

/** The chunks of a streamed response, including `[DONE]`. They are created on demand. */
export function* chunks(
  { id, created }: Envelope,
  request: DemoRequest,
  answers: readonly Answer[],
): Generator<Chunk> {
  const event = (choices: readonly unknown[], usage: unknown, tokens: number): Chunk => {
    const data = {
      id,
      object: 'chat.completion.chunk',
      created,
      model: request.model,
      service_tier: 'default',
      system_fingerprint: fingerprint,
      choices,
    }
    return { text: `data: ${JSON.stringify(request.tellsUsage ? { ...data, usage } : data)}\n\n`, tokens }
  }
  const turns = answers.map((answer, index) => deltas(request, answer, index))
  while (turns.length > 0) {
    const turn = turns.shift()
    const next = turn?.next()
    if (!turn || !next || next.done) continue
    yield event([next.value.choice], null, next.value.tokens)
    turns.push(turn)
  }
  if (request.tellsUsage) yield event([], usageOf(request, answers), 0)
  yield { text: 'data: [DONE]\n\n', tokens: 0 }
}

/** An error in OpenAI's form. */
export const errorBody = ({ message, type, param, code }: Failure): string =>
  JSON.stringify({ error: { message, type, param, code } })

const fingerprint = 'fp_gatehouse_demo'

function* deltas(
  request: DemoRequest,
  answer: Answer,
  index: number,
): Generator<{ choice: unknown; tokens: number }> {
  const choice = (delta: unknown, logprobs: unknown = null, finish: string | null = null) => ({
    index,
    delta,
    logprobs,
    finish_reason: finish,
  })
  yield {
    choice: choice({ role: 'assistant', content: answer.kind === 'text' ? '' : null, refusal: null }),
    tokens: 0,
  }
  if (answer.kind === 'text') {
    for (const token of answer.tokens)
      yield {
        choice: choice({ content: token }, logprobsOf(request, { ...answer, tokens: [token] })),
        tokens: 1,
      }
  } else {
    for (const [at, call] of answer.calls.entries()) {
      yield {
        choice: choice({ tool_calls: [{ index: at, ...callOf(call, '') }] }),
        tokens: headTokens(call.name),
      }
      for (const token of call.tokens)
        yield { choice: choice({ tool_calls: [{ index: at, function: { arguments: token } }] }), tokens: 1 }
    }
  }
  yield { choice: choice({}, null, answer.finish), tokens: 0 }
}

function messageOf(answer: Answer): unknown {
  if (answer.kind === 'text')
    return { role: 'assistant', content: answer.tokens.join(''), refusal: null, annotations: [] }
  return {
    role: 'assistant',
    content: null,
    tool_calls: answer.calls.map((call) => callOf(call, call.tokens.join(''))),
    refusal: null,
    annotations: [],
  }
}

const callOf = ({ id, name }: AnsweredCall, text: string) => ({
  id,
  type: 'function',
  function: { name, arguments: text },
})

function usageOf({ promptTokens }: DemoRequest, answers: readonly Answer[]): unknown {
  const written = answers.reduce((sum, answer) => sum + tokensIn(answer), 0)
  return {
    prompt_tokens: promptTokens,
    completion_tokens: written,
    total_tokens: promptTokens + written,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

/** Plausible log-probabilities: the same token always has the same one. */
function logprobsOf({ alternatives }: DemoRequest, answer: Answer): unknown {
  if (alternatives === undefined || answer.kind !== 'text') return null
  const content = answer.tokens.map((token) => {
    const own = entry(token, -probabilityStep(token) / 1000)
    const others = Array.from({ length: Math.max(0, alternatives - 1) }, (_none, rank) =>
      entry(`${token}${'~'.repeat(rank + 1)}`, -1 - rank),
    )
    return { ...own, top_logprobs: alternatives === 0 ? [] : [own, ...others] }
  })
  return { content, refusal: null }
}

const entry = (token: string, logprob: number) => ({
  token,
  logprob,
  bytes: [...new TextEncoder().encode(token)],
})

const probabilityStep = (token: string): number =>
  Array.from(token).reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 997, 7)
