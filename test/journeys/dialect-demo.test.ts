// Every client dialect with the demo provider, which uses OpenAI's chat dialect: any SDK can be tried with
// Gatehouse alone. Covers the official SDKs and Vercel's.

import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { generateObject, generateText, type LanguageModel, stepCountIs, streamText, tool } from 'ai'
import { beforeAll, describe, expect, test } from 'bun:test'
import { z } from 'zod'
import { dialectClient, fronts } from './dialect-clients.ts'
import { type Scene, scenes } from './scene.ts'

const { start } = scenes('file')
let gatehouse: Scene['gatehouse']

beforeAll(async () => {
  ;({ gatehouse } = await start({
    config:
      'providers:\n  demo: { kind: demo, options: { pauses: false } }\nmodels: { helper: demo/agent, fast: demo/echo }',
  }))
})

describe.each([...fronts])('the official SDK of %s', (front) => {
  const sdk = () => dialectClient(front, gatehouse, gatehouse.key)

  test.each([true, false])(
    'receives its own text from the demo provider (stream: %p)',
    async (isStreaming) => {
      expect(await sdk().ask({ model: 'fast', text: 'one two three', isStreaming })).toBe('one two three')
    },
  )

  test.each([true, false])(
    'runs the tool loop with the demo provider until a text response (stream: %p)',
    async (isStreaming) => {
      const asked: string[] = []
      const weather = ({ city }: { city: string }) => {
        asked.push(city)
        return `sunny in ${city}`
      }
      const text = await sdk().ask({
        model: 'helper',
        text: 'What is the weather in Paris and Rome?',
        isStreaming,
        weather,
      })
      expect(asked.toSorted()).toEqual(['Paris', 'Rome'])
      expect(text).toContain('sunny in Paris')
      expect(text).toContain('sunny in Rome')
    },
  )

  test('gets a response that follows its schema from the demo provider', async () => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    }
    expect(JSON.parse(await sdk().ask({ model: 'helper', text: 'weather in Paris', schema }))).toEqual({
      city: expect.any(String),
    })
  })
})

const vercel: Readonly<Record<string, (model: string) => LanguageModel>> = {
  'openai, chat': (model) =>
    createOpenAI({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1` }).chat(model),
  'openai, responses': (model) =>
    createOpenAI({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1` })(model),
  anthropic: (model) => createAnthropic({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1` })(model),
  google: (model) =>
    createGoogleGenerativeAI({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1beta` })(model),
}

describe.each(Object.entries(vercel))('the AI SDK with %s', (_name, model) => {
  test('gets text and usage from the demo provider', async () => {
    const { text, usage, finishReason } = await generateText({
      model: model('fast'),
      prompt: 'one two three',
    })
    expect([text, finishReason]).toEqual(['one two three', 'stop'])
    expect(usage.outputTokens).toBeGreaterThan(0)
  })

  test('streams a tool loop with the demo provider', async () => {
    const asked: string[] = []
    const result = streamText({
      model: model('demo/agent'),
      prompt: 'What is the weather in Paris and Rome?',
      stopWhen: stepCountIs(4),
      tools: {
        weather: tool({
          description: 'The weather of a city',
          inputSchema: z.object({ city: z.string() }),
          execute: ({ city }) => {
            asked.push(city)
            return `sunny in ${city}`
          },
        }),
      },
    })
    expect(await result.text).toContain('sunny in Rome')
    expect(asked.toSorted()).toEqual(['Paris', 'Rome'])
  })

  test('gets an object that follows a schema from the demo provider', async () => {
    const { object } = await generateObject({
      model: model('helper'),
      prompt: 'weather in Paris',
      schema: z.object({ city: z.string() }),
    })
    expect(object).toEqual({ city: expect.any(String) })
  })
})
