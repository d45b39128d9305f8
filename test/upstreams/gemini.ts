// Bodies in the format of Google's generateContent, for fake providers to send.

interface Told {
  model?: string
  finish?: string
  usage?: Record<string, unknown>
}

type Part = Record<string, unknown>

const defaultUsage = { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 }

const frame = (reported: Told) => ({
  modelVersion: reported.model ?? 'gemini-fake',
  responseId: 'resp-fake-1',
})

export const gemini = {
  /** A whole response: a text, or parts. */
  response: (said: string | readonly Part[], reported: Told = {}) => ({
    candidates: [
      {
        content: { parts: typeof said === 'string' ? [{ text: said }] : said, role: 'model' },
        finishReason: reported.finish ?? 'STOP',
        index: 0,
      },
    ],
    usageMetadata: reported.usage ?? defaultUsage,
    ...frame(reported),
  }),

  /** A whole stream as text: one chunk per part, each with usage that grows, and the finish in the last. */
  stream(parts: readonly (string | Part)[], reported: Told = {}): string {
    const usage = reported.usage ?? defaultUsage
    const chunks = parts.map((part, index) => ({
      candidates: [
        { content: { parts: [typeof part === 'string' ? { text: part } : part], role: 'model' }, index: 0 },
      ],
      // Google's usage during a stream: the prompt, and candidates so far.
      usageMetadata: { ...usage, candidatesTokenCount: index + 1 },
      ...frame(reported),
    }))
    const last = {
      candidates: [
        {
          content: { parts: [{ text: '' }], role: 'model' },
          finishReason: reported.finish ?? 'STOP',
          index: 0,
        },
      ],
      usageMetadata: usage,
      ...frame(reported),
    }
    return [...chunks, last].map(gemini.event).join('')
  },

  /** One server-sent event, with the line ends that Google uses. */
  event: (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`,

  blocked: (blockReason: string) => ({
    promptFeedback: { blockReason },
    usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
    ...frame({}),
  }),

  error: (code: number, status: string, message: string, details: readonly object[] = []) => ({
    error: { code, message, status, details },
  }),

  models: (names: readonly string[]) => ({
    models: names.map((name) => ({
      name: `models/${name}`,
      supportedGenerationMethods: ['generateContent'],
    })),
  }),
}
