// OpenAI's Agents SDK: a handoff, a tool and a structured response, over Responses and over chat, whole and
// streamed. Runs with the demo provider and with targets of every dialect (a second gateway serves them).

import { beforeAll, describe, expect, test } from 'bun:test'
import {
  Agent,
  MaxTurnsExceededError,
  OpenAIChatCompletionsModel,
  OpenAIResponsesModel,
  run,
  setDefaultOpenAIClient,
  setOpenAIAPI,
  setTracingDisabled,
  tool,
} from '@openai/agents'
import OpenAI from 'openai'
import { z } from 'zod'
import { type Scene, scenes, thrownBy } from './scene.ts'

const { start } = scenes('file')
let gatehouse: Scene['gatehouse']
let sdk: OpenAI

beforeAll(async () => {
  // otherwise the SDK reports runs to OpenAI's own address
  setTracingDisabled(true)
  const behind = await start({
    config: 'providers:\n  demo: { kind: demo, options: { pauses: false } }\nmodels:\n  helper: demo/agent\n',
  })
  const { url, key } = behind.gatehouse
  const config = `providers:
  demo: { kind: demo, options: { pauses: false } }
  chat: { kind: openai-compatible, url: "${url}/v1", key: "${key}" }
  responses: { kind: openai-compatible, url: "${url}/v1", key: "${key}", options: { dialects: [openai-responses] } }
  claude: { kind: anthropic, url: "${url}", key: "${key}" }
  gemini: { kind: gemini, url: "${url}/v1beta", key: "${key}" }
models:
  demo: demo/agent
  by-responses: demo/agent
  by-chat: demo/agent
  openai-chat: chat/helper
  openai-responses: responses/helper
  anthropic-messages: claude/helper
  gemini: gemini/helper`
  ;({ gatehouse } = await start({ config }))
  sdk = new OpenAI({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1`, maxRetries: 0 })
})

const apis = {
  responses: (model: string) => new OpenAIResponsesModel(sdk, model),
  chat: (model: string) => new OpenAIChatCompletionsModel(sdk, model),
}
type Api = keyof typeof apis

const report = z.object({ city: z.string(), degrees: z.number() })

/** An agent that hands over to one with the weather tool; `asked` collects the tool's inputs. */
function desk(api: Api, name: string) {
  const asked: string[] = []
  const weather = tool({
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      asked.push(city)
      return `sunny, 31 degrees in ${city}`
    },
  })
  const expert = new Agent({
    name: 'weather expert',
    instructions: 'You know the weather.',
    model: apis[api](name),
    tools: [weather],
    outputType: report,
  })
  const triage = Agent.create({
    name: 'desk',
    instructions: 'You hand over.',
    model: apis[api](name),
    handoffs: [expert],
  })
  return { triage, asked }
}

const question = 'What is the weather in Paris?'

describe.each(['responses', 'chat'] as const)('over %s', (api) => {
  test.each(['demo', 'openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'])(
    'before %s an agent run is handed over, calls its tool, and ends with an object that follows its schema',
    async (model) => {
      const { triage, asked } = desk(api, model)
      const result = await run(triage, question)
      expect({ output: result.finalOutput, last: result.lastAgent?.name, asked }).toEqual({
        output: { city: 'Paris', degrees: 31 },
        last: 'weather expert',
        asked: ['Paris'],
      })
      expect(result.state.usage).toMatchObject({ requests: 3, inputTokens: expect.any(Number) })
      expect(result.state.usage.outputTokens).toBeGreaterThan(0)
    },
  )

  test.each(['demo', 'openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'])(
    'before %s a streamed agent run reports the same steps as they happen',
    async (model) => {
      const { triage, asked } = desk(api, model)
      const result = await run(triage, question, { stream: true })
      const items: string[] = []
      let text = ''
      for await (const event of result) {
        if (event.type === 'run_item_stream_event') items.push(event.name)
        if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta')
          text += event.data.delta
      }
      await result.completed
      expect({ output: result.finalOutput, asked, items }).toEqual({
        output: { city: 'Paris', degrees: 31 },
        asked: ['Paris'],
        items: [
          'handoff_requested',
          'handoff_occurred',
          'tool_called',
          'tool_output',
          'message_output_created',
        ],
      })
      expect(JSON.parse(text)).toEqual({ city: 'Paris', degrees: 31 })
    },
  )

  test('an agent conversation continues with its earlier messages', async () => {
    const agent = new Agent({ name: 'helper', model: apis[api]('anthropic-messages') })
    const first = await run(agent, 'Good morning')
    const second = await run(agent, [...first.history, { role: 'user', content: 'And good night' }])
    expect(second.finalOutput).toContain('And good night')
  })

  test('the Agents SDK raises refusals as errors of the OpenAI SDK', async () => {
    const gone = await thrownBy(run(new Agent({ name: 'helper', model: apis[api]('gone') }), 'Hi'))
    expect(gone).toMatchObject({ status: 404, code: 'model_not_found' })
    const stranger = new OpenAI({ apiKey: 'gh_nobody', baseURL: `${gatehouse.url}/v1`, maxRetries: 2 })
    const model =
      api === 'chat'
        ? new OpenAIChatCompletionsModel(stranger, 'demo')
        : new OpenAIResponsesModel(stranger, 'demo')
    expect(await thrownBy(run(new Agent({ name: 'helper', model }), 'Hi'))).toMatchObject({
      status: 401,
      code: 'invalid_api_key',
    })
  })

  test('the Agents SDK stops an agent that exceeds its turns', async () => {
    expect(await thrownBy(run(desk(api, 'demo').triage, question, { maxTurns: 2 }))).toBeInstanceOf(
      MaxTurnsExceededError,
    )
  })
})

test.each([
  ['responses', 'by-responses', 'openai-responses'],
  ['chat_completions', 'by-chat', 'openai-chat'],
] as const)('with the client set once for all agents, models are names (%s)', async (api, model, dialect) => {
  setDefaultOpenAIClient(sdk)
  setOpenAIAPI(api)
  const result = await run(new Agent({ name: 'helper', model }), 'Good morning')
  expect(result.finalOutput).toBe('I was offered no tools. You said: Good morning')
  expect(await gatehouse.find(({ resource }) => resource.name === model)).toMatchObject({
    outcome: 'ok',
    dialect,
  })
})

test('over Responses the gateway keeps an agent’s conversation: the next request names the previous response', async () => {
  const agent = new Agent({ name: 'helper', model: apis.responses('gemini') })
  const first = await run(agent, 'Good morning')
  const { lastResponseId: previousResponseId } = first
  expect(previousResponseId).toStartWith('resp_')
  const second = await run(agent, 'And good night', { ...(previousResponseId && { previousResponseId }) })
  expect(second.finalOutput).toContain('And good night')
  const counts = [first, second].map((result) => result.state.usage.inputTokens)
  expect(counts[1]).toBeGreaterThan(counts[0] ?? 0)
})
