// The Vercel AI SDK and LangChain over HTTP, set up for an OpenAI-compatible address as their documentation
// shows.

import { beforeAll, expect, test } from 'bun:test'
import { createOpenAI } from '@ai-sdk/openai'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool as langchainTool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { APICallError, generateObject, generateText, stepCountIs, streamText, tool } from 'ai'
import { z } from 'zod'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { chatsOf, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let provider: FakeProvider
let gatehouse: Scene['gatehouse']
let vercel: (model: string) => ReturnType<ReturnType<typeof createOpenAI>['chat']>
let langchain: (model: string, more?: { apiKey?: string }) => ChatOpenAI

beforeAll(async () => {
  provider = await newProvider()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
  demo: { kind: demo, options: { pauses: false } }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
guards:
  secrets: { kind: patterns, action: block, options: { words: [ forbidden ] } }`
  ;({ gatehouse } = await start({ config }))
  vercel = createOpenAI({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1` }).chat
  langchain = (model, more = {}) =>
    new ChatOpenAI({
      model,
      apiKey: gatehouse.key,
      maxRetries: 0,
      ...more,
      configuration: { baseURL: `${gatehouse.url}/v1` },
    })
})

const city = z.object({ city: z.string() })

test('the AI SDK generates text with its usage', async () => {
  const { text, usage, finishReason } = await generateText({ model: vercel('fast'), prompt: 'Hi' })
  expect([text, finishReason]).toEqual(['Hello from the fake provider.', 'stop'])
  expect([usage.inputTokens, usage.outputTokens]).toEqual([11, 7])
})

test('the AI SDK streams text word by word', async () => {
  const result = streamText({ model: vercel('fast'), prompt: 'Hi' })
  const words: string[] = []
  for await (const word of result.textStream) words.push(word)
  expect(words.join('')).toBe('Hello from the fake provider.')
  expect(words.length).toBeGreaterThan(1)
  expect((await result.usage).outputTokens).toBe(7)
})

test('the AI SDK streams a tool loop through demo/agent', async () => {
  const asked: string[] = []
  const result = streamText({
    model: vercel('demo/agent'),
    prompt: 'What is the weather in Paris and Rome?',
    stopWhen: stepCountIs(5),
    tools: {
      get_weather: tool({
        description: 'The weather of a city',
        inputSchema: city,
        execute: async (input) => {
          asked.push(input.city)
          return `sunny in ${input.city}`
        },
      }),
    },
  })
  const text = await result.text
  expect(asked.sort()).toEqual(['Paris', 'Rome'])
  expect(text).toContain('sunny in Rome')
})

test('the AI SDK generates an object that follows a schema', async () => {
  provider.next(behave.json(chat.completion('{"city":"Paris"}')))
  const { object } = await generateObject({ model: vercel('fast'), schema: city, prompt: 'Where?' })
  expect(object).toEqual({ city: 'Paris' })
  expect(chatsOf(provider).at(-1)?.json().response_format).toMatchObject({ type: 'json_schema' })
})

test('the AI SDK reports the status of a refusal and does not retry it', async () => {
  const before = chatsOf(provider).length
  const refused = await thrownBy(generateText({ model: vercel('fast'), prompt: 'something forbidden' }))
  expect(APICallError.isInstance(refused)).toBe(true)
  expect(refused).toMatchObject({
    statusCode: 400,
    isRetryable: false,
    data: { error: { code: 'content_filter' } },
  })
  expect(chatsOf(provider)).toHaveLength(before)
})

test('LangChain generates and streams text, both with usage', async () => {
  const response = await langchain('fast').invoke('Hi')
  expect(response.text).toBe('Hello from the fake provider.')
  expect(response.usage_metadata).toMatchObject({ input_tokens: 11, output_tokens: 7 })
  const words: string[] = []
  let usage: unknown
  for await (const chunk of await langchain('fast').stream('Hi')) {
    if (chunk.text) words.push(chunk.text)
    usage = chunk.usage_metadata ?? usage
  }
  expect(words.join('')).toBe('Hello from the fake provider.')
  expect(usage).toMatchObject({ input_tokens: 11, output_tokens: 7 })
})

test('LangChain offers tools and runs their calls through demo/agent', async () => {
  const weather = langchainTool(async (input) => `sunny in ${input.city}`, {
    name: 'get_weather',
    description: 'The weather of a city',
    schema: city,
  })
  const model = langchain('demo/agent').bindTools([weather])
  const question = new HumanMessage('What is the weather in Paris and Rome?')
  const first = await model.invoke([question])
  expect(first.tool_calls?.map((call) => call.args['city']).sort()).toEqual(['Paris', 'Rome'])
  const results = await Promise.all(
    (first.tool_calls ?? []).map((call) => weather.invoke({ ...call, type: 'tool_call' as const })),
  )
  expect(results.every((result) => result instanceof ToolMessage)).toBe(true)
  const last = await model.invoke([question, first, ...results])
  expect(last.text).toContain('sunny in Paris')
})

test('LangChain generates an object that follows a schema', async () => {
  provider.next(behave.json(chat.completion('{"city":"Rome"}')))
  expect(
    await langchain('fast').withStructuredOutput(city, { method: 'jsonSchema' }).invoke('Where?'),
  ).toEqual({ city: 'Rome' })
})

test('LangChain raises an authentication error for a bad key', async () => {
  expect(await thrownBy(langchain('fast', { apiKey: 'gh_nobody' }).invoke('Hi'))).toMatchObject({
    status: 401,
    code: 'invalid_api_key',
  })
})
