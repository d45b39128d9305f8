// Bodies in the format of OpenAI's chat completions, for fake providers to send.

interface Told {
  model?: string
  id?: string
  finish?: string
  usage?: { prompt_tokens: number; completion_tokens: number; [more: string]: unknown }
}

const defaultUsage = { prompt_tokens: 11, completion_tokens: 7 }

export const chat = {
  completion: (content: string, reported: Told = {}) => ({
    id: reported.id ?? 'chatcmpl-fake-1',
    object: 'chat.completion',
    created: 1_790_000_000,
    model: reported.model ?? 'fake-model',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content, refusal: null },
        logprobs: null,
        finish_reason: reported.finish ?? 'stop',
      },
    ],
    usage: usage(reported),
  }),

  /**
   * A whole stream as text: a role, one event per piece, the finish, usage when `withUsage`, and `[DONE]`
   * unless `isDone` is false.
   */
  stream(pieces: readonly string[], reported: Told & { withUsage?: boolean; isDone?: boolean } = {}): string {
    const chunk = (fields: object) => ({
      id: reported.id ?? 'chatcmpl-fake-1',
      object: 'chat.completion.chunk',
      created: 1_790_000_000,
      model: reported.model ?? 'fake-model',
      ...fields,
    })
    const choice = (delta: object, finish: string | null = null) =>
      chunk({ choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] })
    const events = [
      choice({ role: 'assistant', content: '' }),
      ...pieces.map((content) => choice({ content })),
      choice({}, reported.finish ?? 'stop'),
      ...(reported.withUsage ? [chunk({ choices: [], usage: usage(reported) })] : []),
    ]
    return events.map(chat.event).join('') + (reported.isDone === false ? '' : 'data: [DONE]\n\n')
  },

  /** One server-sent event. */
  event: (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`,

  error: (message: string, type: string, code: string | null = null) => ({
    error: { message, type, param: null, code },
  }),

  models: (ids: readonly string[]) => ({
    object: 'list',
    data: ids.map((id) => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'fake' })),
  }),
}

function usage(reported: Told) {
  const counts = reported.usage ?? defaultUsage
  return { ...counts, total_tokens: counts.prompt_tokens + counts.completion_tokens }
}
