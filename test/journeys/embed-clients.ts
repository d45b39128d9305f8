// Clients that request embeddings, each used as documented, with one common interface.

import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { GoogleGenAI } from '@google/genai'
import { OpenAIEmbeddings } from '@langchain/openai'
import { embedMany } from 'ai'
import OpenAI from 'openai'
import type { Gatehouse } from './gateway.ts'

export interface EmbedQuestion {
  model: string
  texts: readonly string[]
  dimensions?: number
}

export interface Embedded {
  vectors: readonly (readonly number[])[]
  /** The usage that the client receives; undefined if it receives none. */
  tokens?: number | undefined
}

type Ask = (question: EmbedQuestion) => Promise<Embedded>

export const embedClients = ['openai', 'google', 'vercel-openai', 'vercel-google', 'langchain'] as const
export type EmbedClient = (typeof embedClients)[number]

/** The operation on the records of the client's calls. */
export const dialectOf = (client: EmbedClient) =>
  client.endsWith('google') ? 'gemini-embeddings' : 'openai-embeddings'

export const embedClient = (client: EmbedClient, { url }: Pick<Gatehouse, 'url'>, key: string): Ask =>
  makers[client](url, key)

const makers: Readonly<Record<EmbedClient, (url: string, apiKey: string) => Ask>> = {
  openai: (url, apiKey) => {
    const sdk = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 })
    return async ({ model, texts, dimensions }) => {
      // no encoding_format: the SDK asks for base64 and decodes it
      const { data, usage } = await sdk.embeddings.create({
        model,
        input: [...texts],
        ...(dimensions !== undefined && { dimensions }),
      })
      return { vectors: data.map(({ embedding }) => [...embedding]), tokens: usage.prompt_tokens }
    }
  },
  google: (url, apiKey) => {
    const sdk = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } })
    return async ({ model, texts, dimensions }) => {
      const config = dimensions === undefined ? {} : { config: { outputDimensionality: dimensions } }
      const { embeddings = [], usageMetadata } = await sdk.models.embedContent({
        model,
        contents: [...texts],
        ...config,
      })
      return { vectors: embeddings.map(({ values = [] }) => values), tokens: usageMetadata?.promptTokenCount }
    }
  },
  'vercel-openai': (url, apiKey) => {
    const openai = createOpenAI({ apiKey, baseURL: `${url}/v1` })
    return async ({ model, texts, dimensions }) => {
      const options = dimensions === undefined ? {} : { providerOptions: { openai: { dimensions } } }
      const { embeddings, usage } = await embedMany({
        model: openai.embeddingModel(model),
        values: [...texts],
        maxRetries: 0,
        ...options,
      })
      return { vectors: embeddings, tokens: usage.tokens }
    }
  },
  'vercel-google': (url, apiKey) => {
    const google = createGoogleGenerativeAI({ apiKey, baseURL: `${url}/v1beta` })
    return async ({ model, texts, dimensions }) => {
      const options =
        dimensions === undefined ? {} : { providerOptions: { google: { outputDimensionality: dimensions } } }
      const { embeddings } = await embedMany({
        model: google.embeddingModel(model),
        values: [...texts],
        maxRetries: 0,
        ...options,
      })
      return { vectors: embeddings }
    }
  },
  langchain:
    (url, apiKey) =>
    async ({ model, texts, dimensions }) => {
      const embeddings = new OpenAIEmbeddings({
        apiKey,
        model,
        maxRetries: 0,
        configuration: { baseURL: `${url}/v1` },
        ...(dimensions !== undefined && { dimensions }),
      })
      return { vectors: await embeddings.embedDocuments([...texts]) }
    },
}
