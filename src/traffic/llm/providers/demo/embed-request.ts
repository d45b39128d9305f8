// Reads a request for the demo's embedding model. It refuses the same requests as OpenAI
// (https://platform.openai.com/docs/api-reference/embeddings/create).

import { z } from 'zod'
import type { Embeddable } from './embed-vector.ts'
import { parsed, RequestFault } from './request-fault.ts'
import { countTokens } from './tokens.ts'

const usualDimensions = 384
const mostDimensions = 3072
const mostInputs = 2048
const mostTokensPerInput = 8192
const mostTokens = 300_000

const id = z.int().min(0)
const requestShape = z.looseObject({
  model: z.string(),
  input: z.union([
    z.string(),
    z.array(z.string()).min(1).max(mostInputs),
    z.array(id).min(1),
    z.array(z.array(id).min(1)).min(1).max(mostInputs),
  ]),
  dimensions: z.int().min(1).max(mostDimensions).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
})

export interface DemoEmbedRequest {
  model: string
  inputs: readonly Embeddable[]
  dimensions: number
  format: 'float' | 'base64'
  promptTokens: number
}

/** @throws RequestFault */
export function readEmbedRequest(body: Uint8Array | string): DemoEmbedRequest {
  const result = requestShape.safeParse(parsed(body))
  if (!result.success) {
    const issue = result.error.issues[0]
    throw new RequestFault(`Invalid value: ${issue?.message ?? 'unreadable'}.`, issue?.path.join('.') || null)
  }
  const { model, input, dimensions, encoding_format: format } = result.data
  const inputs = inputsOf(input)
  let promptTokens = 0
  inputs.forEach((each, index) => {
    const tokens = typeof each === 'string' ? countTokens(each) : each.length
    if (tokens === 0) throw new RequestFault(`'input[${index}]' cannot be an empty string.`, 'input')
    if (tokens > mostTokensPerInput) {
      const message = `This model's maximum context length is ${mostTokensPerInput} tokens, however you requested ${tokens} tokens.`
      throw new RequestFault(message, 'input', 'context_length_exceeded')
    }
    promptTokens += tokens
  })
  if (promptTokens > mostTokens) {
    const message = `Requested ${promptTokens} tokens, max ${mostTokens} tokens per request.`
    throw new RequestFault(message, 'input', 'max_tokens_per_request')
  }
  return { model, inputs, dimensions: dimensions ?? usualDimensions, format: format ?? 'float', promptTokens }
}

function inputsOf(input: string | string[] | number[] | number[][]): readonly Embeddable[] {
  if (typeof input === 'string') return [input]
  const ids = input.filter((each) => typeof each === 'number')
  return ids.length > 0 ? [ids] : input.filter((each) => typeof each !== 'number')
}
