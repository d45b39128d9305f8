// Bodies in the format of Anthropic's messages, for fake providers to send.

interface Told {
  model?: string
  id?: string
  stop?: string
  stopSequence?: string
  usage?: Record<string, unknown>
}

const defaultUsage = {
  input_tokens: 11,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: 7,
}

type Block = { type: string; [more: string]: unknown }

export const anthropic = {
  message: (content: string | readonly Block[], reported: Told = {}) => ({
    id: reported.id ?? 'msg_fake_1',
    type: 'message',
    role: 'assistant',
    model: reported.model ?? 'fake-claude',
    content: blocksOf(content),
    stop_reason: reported.stop ?? 'end_turn',
    stop_sequence: reported.stopSequence ?? null,
    usage: reported.usage ?? defaultUsage,
  }),

  /**
   * A whole stream as text: every block in two deltas; provisional counts in `message_start`, the final ones
   * in `message_delta`.
   */
  stream(content: string | readonly Block[], reported: Told & { isStopped?: boolean } = {}): string {
    const usage = reported.usage ?? defaultUsage
    const message = {
      ...anthropic.message([], reported),
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usage, output_tokens: 1 },
    }
    const events = [
      { type: 'message_start', message },
      { type: 'ping' },
      ...blocksOf(content).flatMap(eventsOfBlock),
      {
        type: 'message_delta',
        delta: { stop_reason: reported.stop ?? 'end_turn', stop_sequence: reported.stopSequence ?? null },
        usage: { output_tokens: usage['output_tokens'] },
      },
      ...(reported.isStopped === false ? [] : [{ type: 'message_stop' }]),
    ]
    return events.map(anthropic.event).join('')
  },

  /** One server-sent event. */
  event: (value: { type: string }): string => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`,

  error: (type: string, message: string) => ({
    type: 'error',
    error: { type, message },
    request_id: 'req_fake_1',
  }),

  models: (ids: readonly string[]) => ({
    data: ids.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' })),
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  }),
}

const blocksOf = (content: string | readonly Block[]): readonly Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

/** The first form of a block, and the deltas that complete it. */
function eventsOfBlock(block: Block, index: number) {
  const { head, deltas } = partsOf(block)
  return [
    { type: 'content_block_start', index, content_block: head },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ]
}

function partsOf(block: Block): { head: Block; deltas: object[] } {
  if (block.type === 'text')
    return {
      head: { type: 'text', text: '' },
      deltas: halves(String(block['text'])).map((text) => ({ type: 'text_delta', text })),
    }
  if (block.type === 'tool_use')
    return {
      head: { ...block, input: {} },
      deltas: halves(JSON.stringify(block['input'])).map((part) => ({
        type: 'input_json_delta',
        partial_json: part,
      })),
    }
  if (block.type === 'thinking')
    return {
      head: { type: 'thinking', thinking: '', signature: '' },
      deltas: [
        ...halves(String(block['thinking'])).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: block['signature'] },
      ],
    }
  return { head: block, deltas: [] }
}

function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((part) => part !== '')
}
