// Embeddings in the formats of OpenAI and of Google, for fake providers to send: a vector for each requested
// input.

import { behave, type Behavior } from './behave.ts'

export type EmbedBack = 'openai' | 'gemini'

export interface EmbedSaying {
  /** One for each input; absent means derived from the length of its text. */
  vectors?: readonly (readonly number[])[]
  /** Absent means a token for every four letters. `none` means not reported. */
  tokens?: number | 'none'
}

export const embeds: Readonly<Record<EmbedBack, (saying?: EmbedSaying) => Behavior>> = {
  /** In base64 if requested, as OpenAI responds. */
  openai: ({ vectors, tokens } = {}) =>
    behave.custom((call) => {
      const { input, encoding_format: format, model } = call.request.json()
      const inputs = inputsOf(input)
      const made = vectors ?? inputs.map(vectorOf)
      const data = made.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: format === 'base64' ? base64Of(vector) : vector,
      }))
      const count = tokens ?? tokensOf(inputs)
      const usage = count === 'none' ? {} : { usage: { prompt_tokens: count, total_tokens: count } }
      return behave.json({ object: 'list', data, model, ...usage }).answer(call)
    }),

  gemini: ({ vectors, tokens } = {}) =>
    behave.custom((call) => {
      const body = call.request.json()
      const isBatch = call.request.path.includes(':batchEmbedContents')
      const inputs: string[] = (isBatch ? body.requests : [body]).map(textOf)
      const embeddings = (vectors ?? inputs.map(vectorOf)).map((values) => ({ values }))
      const count = tokens ?? tokensOf(inputs)
      const usage = count === 'none' ? {} : { usageMetadata: { promptTokenCount: count } }
      return behave
        .json(isBatch ? { embeddings, ...usage } : { embedding: embeddings[0], ...usage })
        .answer(call)
    }),
}

const inputsOf = (input: unknown): readonly unknown[] =>
  Array.isArray(input) && typeof input[0] !== 'number' ? input : [input]

const textOf = ({ content }: { content: { parts: { text?: string }[] } }) =>
  content.parts.map(({ text = '' }) => text).join('')

const lengthOf = (input: unknown) => (typeof input === 'string' || Array.isArray(input) ? input.length : 0)

/** Numbers that float32 represents exactly. */
const vectorOf = (input: unknown): number[] => [lengthOf(input), -0.25, Math.fround(0.1)]

const tokensOf = (inputs: readonly unknown[]) =>
  inputs.reduce<number>((sum, input) => sum + Math.ceil(lengthOf(input) / 4), 0)

function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4))
  return bytes.toString('base64')
}
