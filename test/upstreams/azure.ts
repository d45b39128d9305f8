// A small Azure OpenAI for tests, modeled on recorded responses: both forms of addresses, keys and tokens,
// annotations of the content filters.

import { behave, type Behavior } from './behave.ts'
import { chat } from './chat.ts'
import { responses } from './responses.ts'

const safe = { filtered: false, severity: 'safe' }
const harmless = { hate: safe, self_harm: safe, sexual: safe, violence: safe }
const promptResults = [
  {
    prompt_index: 0,
    content_filter_results: { ...harmless, jailbreak: { detected: false, filtered: false } },
  },
]

const usage = {
  completion_tokens: 20,
  completion_tokens_details: {
    accepted_prediction_tokens: 0,
    audio_tokens: 0,
    reasoning_tokens: 12,
    rejected_prediction_tokens: 0,
  },
  latency_checkpoint: { engine_ttft_ms: 25, pre_inference_ms: 135 },
  prompt_tokens: 100,
  prompt_tokens_details: { audio_tokens: 0, cached_tokens: 40 },
  total_tokens: 120,
}

export const azure = {
  /** The model of a deployment, as responses name it. */
  model: 'gpt-5-mini-2025-08-07',
  usage,

  completion: (text: string) => ({
    choices: [
      {
        content_filter_results: harmless,
        finish_reason: 'stop',
        index: 0,
        logprobs: null,
        message: { annotations: [], content: text, refusal: null, role: 'assistant' },
      },
    ],
    created: 1_790_000_000,
    id: 'chatcmpl-azure-1',
    model: azure.model,
    object: 'chat.completion',
    prompt_filter_results: promptResults,
    service_tier: 'default',
    system_fingerprint: null,
    usage,
  }),

  /** The first event is about the prompt and has no choices; usage is included if it was requested. */
  stream(pieces: readonly string[], { withUsage = true, finish = 'stop' } = {}): string {
    const frame = {
      created: 1_790_000_000,
      id: 'chatcmpl-azure-1',
      model: azure.model,
      object: 'chat.completion.chunk',
      system_fingerprint: null,
    }
    const delta = (value: object, finish_reason: string | null = null) =>
      chat.event({
        ...frame,
        choices: [{ content_filter_results: {}, delta: value, finish_reason, index: 0, logprobs: null }],
      })
    return [
      chat.event({
        choices: [],
        created: 0,
        id: '',
        model: '',
        object: '',
        prompt_filter_results: promptResults,
      }),
      delta({ content: '', refusal: null, role: 'assistant' }),
      ...pieces.map((content) => delta({ content })),
      delta({}, finish),
      ...(withUsage ? [chat.event({ ...frame, choices: [], usage })] : []),
      'data: [DONE]\n\n',
    ].join('')
  },

  /** https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter */
  filtered: behave.json(
    {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        type: null,
        param: 'prompt',
        code: 'content_filter',
        status: 400,
        innererror: {
          code: 'ResponsibleAIPolicyViolation',
          content_filter_result: { ...harmless, violence: { filtered: true, severity: 'high' } },
        },
      },
    },
    { status: 400 },
  ),

  limited: behave.json(
    {
      error: {
        code: '429',
        message: 'Requests have exceeded the token rate limit. Please retry after 7 seconds.',
      },
    },
    {
      status: 429,
      headers: { 'retry-after': '7', 'retry-after-ms': '6500', 'x-ratelimit-remaining-tokens': '0' },
    },
  ),

  /** @param credential the whole accepted header: `api-key: …` or `authorization: Bearer …` */
  answers: (credential: () => readonly [name: string, value: string], text = 'Hello from Azure.'): Behavior =>
    behave.custom((call) => {
      const [name, value] = credential()
      const { path, headers } = call.request
      if (headers[name] !== value) return denied.answer(call)
      const { pathname } = new URL(path, 'http://azure.example')
      const body = call.request.json()
      if (pathname.endsWith('/responses')) {
        const items = [responses.message(text)]
        const reported = { model: body.model }
        return (
          body.stream
            ? behave.sse(responses.stream(items, reported))
            : behave.json(responses.whole(items, reported))
        ).answer(call)
      }
      if (pathname.endsWith('/embeddings')) return behave.json(embedded).answer(call)
      if (!pathname.endsWith('/chat/completions')) return unknown.answer(call)
      const withUsage = body.stream_options?.include_usage === true
      return (
        body.stream
          ? behave.sse(azure.stream(halves(text), { withUsage }), { cuts: { every: 37 } })
          : behave.json(azure.completion(text))
      ).answer(call)
    }),
}

const embedded = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.25, -0.5] }],
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 1000, total_tokens: 1000 },
}

const halves = (text: string) => [text.slice(0, 9), text.slice(9)]

const denied = behave.json(
  { error: { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' } },
  { status: 401 },
)

const unknown = behave.json({ error: { code: '404', message: 'Resource not found' } }, { status: 404 })
