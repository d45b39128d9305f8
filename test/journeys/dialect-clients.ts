// The official SDKs of the four dialects, each used as documented, with one common interface. Every test can
// run with each of them.

import Anthropic from '@anthropic-ai/sdk'
import { ApiError, GoogleGenAI, type Content, type Part } from '@google/genai'
import OpenAI from 'openai'
import type { Gatehouse } from './gateway.ts'

export const fronts = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'] as const
export type Front = (typeof fronts)[number]

export interface Question {
  model: string
  text: string
  isStreaming?: boolean
  /** Base64 of a PNG. */
  image?: string
  /** A JSON schema that the response must follow. */
  schema?: Record<string, unknown>
  /**
   * Runs the tool `weather`, sends back its result and asks the model again, until it makes no more calls.
   */
  weather?: (input: { city: string }) => string
  signal?: AbortSignal
  /** Receives each piece of a streamed text. */
  onText?: (text: string) => void
}

export interface DialectClient {
  /** The text of the last response. */
  ask(question: Question): Promise<string>
}

/** The SDK's error in common terms. */
export function raised(error: unknown): {
  status: number | undefined
  retryAfter: string | null
  message: string
} {
  if (error instanceof OpenAI.APIError || error instanceof Anthropic.APIError)
    return {
      status: error.status,
      retryAfter: error.headers?.get('retry-after') ?? null,
      message: error.message,
    }
  if (error instanceof ApiError)
    return {
      status: error.status,
      retryAfter: /"retryDelay":\s*"(\d+)s"/.exec(error.message)?.[1] ?? null,
      message: error.message,
    }
  throw error
}

export function dialectClient(front: Front, { url }: Pick<Gatehouse, 'url'>, key: string): DialectClient {
  return { ask: makers[front](url, key) }
}

type Ask = DialectClient['ask']

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

const makers: Readonly<Record<Front, (url: string, key: string) => Ask>> = {
  'openai-chat': (url, apiKey) => {
    const sdk = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 })
    return async ({ model, text, isStreaming, image, schema, weather, signal, onText }) => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        {
          role: 'user',
          content: image
            ? [
                { type: 'text', text },
                { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
              ]
            : text,
        },
      ]
      for (;;) {
        const body = {
          model,
          messages,
          ...(weather && {
            tools: [{ type: 'function' as const, function: { name: 'weather', parameters } }],
          }),
          ...(schema && {
            response_format: {
              type: 'json_schema' as const,
              json_schema: { name: 'answer', strict: true, schema },
            },
          }),
        }
        const message = isStreaming
          ? await sdk.chat.completions
              .stream(body, { signal })
              .on('content', (piece) => onText?.(piece))
              .finalMessage()
          : (await sdk.chat.completions.create(body, { signal })).choices[0]?.message
        if (!weather || !message?.tool_calls?.length) return message?.content ?? ''
        messages.push(message)
        for (const call of message.tool_calls)
          if (call.type === 'function')
            messages.push({
              role: 'tool',
              tool_call_id: call.id,
              content: weather(JSON.parse(call.function.arguments)),
            })
      }
    }
  },

  'openai-responses': (url, apiKey) => {
    const sdk = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 })
    return async ({ model, text, isStreaming, image, schema, weather, signal, onText }) => {
      const input: OpenAI.Responses.ResponseInput = [
        {
          role: 'user',
          content: image
            ? [
                { type: 'input_text', text },
                { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${image}` },
              ]
            : text,
        },
      ]
      for (;;) {
        const body = {
          model,
          input,
          store: false,
          ...(weather && {
            tools: [{ type: 'function' as const, name: 'weather', parameters, strict: false }],
          }),
          ...(schema && {
            text: { format: { type: 'json_schema' as const, name: 'answer', strict: true, schema } },
          }),
        }
        const response = isStreaming
          ? await sdk.responses
              .stream(body, { signal })
              .on('response.output_text.delta', ({ delta }) => onText?.(delta))
              .finalResponse()
          : await sdk.responses.create(body, { signal })
        const calls = response.output.flatMap((item) => (item.type === 'function_call' ? [item] : []))
        if (!weather || calls.length === 0) return response.output_text
        input.push(...response.output.map((item) => item as OpenAI.Responses.ResponseInputItem))
        for (const call of calls)
          input.push({
            type: 'function_call_output',
            call_id: call.call_id,
            output: weather(JSON.parse(call.arguments)),
          })
      }
    }
  },

  'anthropic-messages': (url, apiKey) => {
    const sdk = new Anthropic({ apiKey, baseURL: url, maxRetries: 0 })
    return async ({ model, text, isStreaming, image, schema, weather, signal, onText }) => {
      const messages: Anthropic.MessageParam[] = [
        {
          role: 'user',
          content: image
            ? [
                { type: 'text', text },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } },
              ]
            : text,
        },
      ]
      for (;;) {
        const body = {
          model,
          messages,
          max_tokens: 100,
          ...(weather && {
            tools: [{ name: 'weather', input_schema: { ...parameters, type: 'object' as const } }],
          }),
          ...(schema && { output_config: { format: { type: 'json_schema' as const, schema } } }),
        }
        const message = isStreaming
          ? await sdk.messages
              .stream(body, { signal })
              .on('text', (piece) => onText?.(piece))
              .finalMessage()
          : await sdk.messages.create(body, { signal })
        const calls = message.content.filter((block) => block.type === 'tool_use')
        if (!weather || calls.length === 0)
          return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')
        messages.push({ role: 'assistant', content: message.content as Anthropic.ContentBlockParam[] })
        messages.push({
          role: 'user',
          content: calls.map(({ id, input }) => ({
            type: 'tool_result' as const,
            tool_use_id: id,
            content: weather(input as { city: string }),
          })),
        })
      }
    }
  },

  gemini: (url, apiKey) => {
    const sdk = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: url } })
    return async ({ model, text, isStreaming, image, schema, weather, signal, onText }) => {
      const contents: Content[] = [
        {
          role: 'user',
          parts: [{ text }, ...(image ? [{ inlineData: { mimeType: 'image/png', data: image } }] : [])],
        },
      ]
      for (;;) {
        const body = {
          model,
          contents,
          config: {
            ...(weather && {
              tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: parameters }] }],
            }),
            ...(schema && { responseMimeType: 'application/json', responseJsonSchema: schema }),
            ...(signal && { abortSignal: signal }),
          },
        }
        const parts: Part[] = []
        if (isStreaming) {
          for await (const chunk of await sdk.models.generateContentStream(body)) {
            parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []))
            if (chunk.text) onText?.(chunk.text)
          }
        } else parts.push(...((await sdk.models.generateContent(body)).candidates?.[0]?.content?.parts ?? []))
        const calls = parts.filter((part) => part.functionCall)
        if (!weather || calls.length === 0) return parts.map((part) => part.text ?? '').join('')
        contents.push({ role: 'model', parts })
        contents.push({
          role: 'user',
          parts: calls.map(({ functionCall }) => ({
            functionResponse: {
              ...(functionCall?.id !== undefined && { id: functionCall.id }),
              name: 'weather',
              response: { output: weather(functionCall?.args as { city: string }) },
            },
          })),
        })
      }
    }
  },
}
