// Bodies in the format of OpenAI's Responses, for fake providers to send.

export interface ToldResponse {
  id?: string
  model?: string
  status?: 'completed' | 'incomplete' | 'failed'
  reason?: string
  usage?: object
}

const defaultUsage = {
  input_tokens: 11,
  input_tokens_details: { cached_tokens: 3 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 2 },
  total_tokens: 18,
}

type Item = { type: string; id: string; [more: string]: unknown }

export const responses = {
  message: (text: string, more: object = {}): Item => ({
    id: 'msg_fake_1',
    type: 'message',
    status: 'completed',
    role: 'assistant',
    content: [{ type: 'output_text', annotations: [], logprobs: [], text, ...more }],
  }),

  call: (name: string, args: object, callId = 'call_fake_1'): Item => ({
    id: `fc_${callId}`,
    type: 'function_call',
    status: 'completed',
    arguments: JSON.stringify(args),
    call_id: callId,
    name,
  }),

  reasoning: (text: string, encrypted?: string): Item => ({
    id: 'rs_fake_1',
    type: 'reasoning',
    summary: text === '' ? [] : [{ type: 'summary_text', text }],
    ...(encrypted === undefined ? {} : { encrypted_content: encrypted }),
  }),

  whole: (
    output: readonly Item[],
    {
      id = 'resp_fake_1',
      model = 'fake-model',
      status = 'completed',
      reason,
      usage = defaultUsage,
    }: ToldResponse = {},
  ) => ({
    id,
    object: 'response',
    created_at: 1_790_000_000,
    status,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: null,
    model,
    output,
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    usage,
  }),

  /** The whole sequence of events that OpenAI sends for these items. @param size characters in a delta */
  stream(output: readonly Item[], reported: ToldResponse & { size?: number } = {}): string {
    const events: { type: string; [more: string]: unknown }[] = []
    const emit = (type: string, members: object) =>
      void events.push({ type, sequence_number: events.length, ...members })
    const status = reported.status ?? 'completed'
    const open = {
      ...responses.whole([], reported),
      status: 'in_progress',
      usage: null,
      incomplete_details: null,
    }
    emit('response.created', { response: open })
    emit('response.in_progress', { response: open })
    output.forEach((item, index) => emitItem(item, index, reported.size ?? 5, emit))
    emit(`response.${status}`, { response: responses.whole(output, reported) })
    return events.map((event) => responses.event(event)).join('')
  },

  event: (value: { type: string; [more: string]: unknown }): string =>
    `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`,
}

type EmitEvent = (type: string, members: object) => void

// biome-ignore lint/suspicious/noExplicitAny: items of any shape
function emitItem(item: any, output_index: number, size: number, emit: EmitEvent): void {
  const place = { item_id: item.id, output_index }
  const pieces = (text: string) => text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? []
  if (item.type === 'message') {
    emit('response.output_item.added', {
      output_index,
      item: { ...item, status: 'in_progress', content: [] },
    })
    item.content.forEach((part: { text: string; annotations: object[] }, content_index: number) => {
      const at = { ...place, content_index }
      emit('response.content_part.added', { ...at, part: { ...part, text: '', annotations: [] } })
      for (const delta of pieces(part.text))
        emit('response.output_text.delta', { ...at, delta, logprobs: [] })
      part.annotations.forEach((annotation, annotation_index) =>
        emit('response.output_text.annotation.added', { ...at, annotation_index, annotation }),
      )
      emit('response.output_text.done', { ...at, text: part.text, logprobs: [] })
      emit('response.content_part.done', { ...at, part })
    })
  } else if (item.type === 'function_call') {
    emit('response.output_item.added', {
      output_index,
      item: { ...item, status: 'in_progress', arguments: '' },
    })
    for (const delta of pieces(item.arguments))
      emit('response.function_call_arguments.delta', { ...place, delta })
    emit('response.function_call_arguments.done', { ...place, name: item.name, arguments: item.arguments })
  } else if (item.type === 'reasoning') {
    emit('response.output_item.added', { output_index, item: { ...item, summary: [] } })
    item.summary.forEach((part: { text: string }, summary_index: number) => {
      const at = { ...place, summary_index }
      emit('response.reasoning_summary_part.added', { ...at, part: { type: 'summary_text', text: '' } })
      for (const delta of pieces(part.text)) emit('response.reasoning_summary_text.delta', { ...at, delta })
      emit('response.reasoning_summary_text.done', { ...at, text: part.text })
      emit('response.reasoning_summary_part.done', { ...at, part })
    })
  } else emit('response.output_item.added', { output_index, item: { ...item, status: 'in_progress' } })
  emit('response.output_item.done', { output_index, item })
}
