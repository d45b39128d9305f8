// The official SDKs, pointed at a server that repeats a response: they must read what the gateway writes.

import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import type { Front } from '../journeys/dialect-clients.ts'

export interface Heard {
  text: string
  calls: number
}

export interface Sdks {
  read(front: Front, answer: string, isStream: boolean): Promise<Heard | { thrown: string }>
  stop(): void
}

export function openSdks(): Sdks {
  let response = ''
  let type = ''
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () => new Response(response, { headers: { 'content-type': type } }),
  })
  const url = `http://127.0.0.1:${server.port}`
  const readers = readersAt(url)
  return {
    async read(front, said, isStream) {
      response = said
      type = isStream ? 'text/event-stream' : 'application/json'
      try {
        return await readers[front](isStream)
      } catch (thrown) {
        return { thrown: String(thrown).slice(0, 300) }
      }
    },
    stop: () => void server.stop(true),
  }
}

function readersAt(url: string): Readonly<Record<Front, (isStream: boolean) => Promise<Heard>>> {
  const openai = new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0 })
  const anthropic = new Anthropic({ apiKey: 'none', baseURL: url, maxRetries: 0 })
  const google = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: url } })
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  return {
    'openai-chat': async (isStream) => {
      const body = { model: 'any', messages }
      const whole = isStream
        ? await openai.chat.completions.stream(body).finalChatCompletion()
        : await openai.chat.completions.create(body)
      const message = whole.choices[0]?.message
      return { text: message?.content ?? '', calls: message?.tool_calls?.length ?? 0 }
    },
    'openai-responses': async (isStream) => {
      const body = { model: 'any', input: 'Hi' }
      const whole = isStream
        ? await openai.responses.stream(body).finalResponse()
        : await openai.responses.create(body)
      return {
        text: whole.output_text,
        calls: whole.output.filter(({ type }) => type === 'function_call' || type === 'custom_tool_call')
          .length,
      }
    },
    'anthropic-messages': async (isStream) => {
      const body = { model: 'any', max_tokens: 10, messages }
      const { content } = isStream
        ? await anthropic.messages.stream(body).finalMessage()
        : await anthropic.messages.create(body)
      const text = content.map((block) => (block.type === 'text' ? block.text : '')).join('')
      return { text, calls: content.filter(({ type }) => type === 'tool_use').length }
    },
    gemini: async (isStream) => {
      const body = { model: 'any', contents: 'Hi' }
      const chunks = isStream
        ? await google.models.generateContentStream(body)
        : [await google.models.generateContent(body)]
      let text = ''
      let calls = 0
      for await (const chunk of chunks) {
        for (const part of chunk.candidates?.[0]?.content?.parts ?? [])
          if (!part.thought) text += part.text ?? ''
        calls += chunk.functionCalls?.length ?? 0
      }
      return { text, calls }
    },
  }
}
