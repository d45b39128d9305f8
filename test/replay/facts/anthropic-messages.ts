// Facts of a message and of its events.

import { at, canonical, counted, isObject, listed, texted } from '../json.ts'
import type { Facts, Tokens } from './facts.ts'
import { inputOf } from './openai-chat.ts'

interface Block {
  type: unknown
  text: string
  thinking: string
  id?: string
  name: string
  input: string
}

export function anthropicFacts(events: readonly unknown[], isStream: boolean): Facts {
  const blocks = new Map<unknown, Block>()
  const usage: Record<string, unknown> = {}
  let finish: string | undefined
  let model: string | undefined
  let error: string | undefined
  for (const event of events) {
    if (at(event, 'type') === 'message_stop') break
    const whole = isStream ? at(event, 'message') : event
    if (isObject(whole) && at(whole, 'type') !== 'error') {
      model = texted(at(whole, 'model')) ?? model
      finish = texted(at(whole, 'stop_reason')) ?? finish
      listed(at(whole, 'content')).forEach((block, index) => blocks.set(index, blockOf(block)))
    }
    for (const reported of [at(whole, 'usage'), at(event, 'usage')])
      if (isObject(reported))
        Object.assign(
          usage,
          Object.fromEntries(Object.entries(reported).filter(([, value]) => value !== null)),
        )
    finish = texted(at(event, 'delta', 'stop_reason')) ?? finish
    const failure = at(event, 'error')
    if (isObject(failure)) error = texted(at(failure, 'message')) ?? 'error'
    const index = at(event, 'index')
    if (isStream && isObject(at(event, 'content_block')))
      blocks.set(index, blockOf(at(event, 'content_block'), true))
    const block = blocks.get(index)
    const delta = at(event, 'delta')
    if (block && isObject(delta)) {
      block.text += texted(at(delta, 'text')) ?? ''
      block.thinking += texted(at(delta, 'thinking')) ?? ''
      block.input += texted(at(delta, 'partial_json')) ?? ''
    }
  }
  const all = [...blocks.values()]
  const tokens = tokensOf(usage)
  return {
    choices: [
      {
        text: all.map(({ type, text }) => (type === 'text' ? text : '')).join(''),
        refusal: '',
        reasoning: all.map(({ type, thinking }) => (type === 'thinking' ? thinking : '')).join(''),
        calls: all.flatMap(({ type, id, name, input }) =>
          type === 'tool_use' ? [{ ...(id !== undefined && { id }), name, input: inputOf(input) }] : [],
        ),
        ...(finish !== undefined && { finish }),
      },
    ],
    ...(Object.keys(tokens).length > 0 && { tokens }),
    searches: counted(at(usage, 'server_tool_use', 'web_search_requests')) ?? 0,
    ...(model !== undefined && { model }),
    ...(error !== undefined && { error }),
  }
}

/** In a stream a call begins with an empty input, which the fragments replace. */
function blockOf(block: unknown, isBeginning = false): Block {
  const id = texted(at(block, 'id'))
  const input = at(block, 'input')
  const isEmpty = isObject(input) && Object.keys(input).length === 0
  return {
    type: at(block, 'type'),
    text: texted(at(block, 'text')) ?? '',
    thinking: texted(at(block, 'thinking')) ?? '',
    ...(id !== undefined && { id }),
    name: texted(at(block, 'name')) ?? '',
    input: input === undefined || (isBeginning && isEmpty) ? '' : canonical(input),
  }
}

function tokensOf(usage: unknown): Tokens {
  const long = counted(at(usage, 'cache_creation', 'ephemeral_1h_input_tokens'))
  const short = counted(at(usage, 'cache_creation', 'ephemeral_5m_input_tokens'))
  const cacheWrite =
    counted(at(usage, 'cache_creation_input_tokens')) ??
    (long === undefined && short === undefined ? undefined : (long ?? 0) + (short ?? 0))
  const cacheRead = counted(at(usage, 'cache_read_input_tokens'))
  const plain = counted(at(usage, 'input_tokens'))
  const output = counted(at(usage, 'output_tokens'))
  const reasoning = counted(at(usage, 'output_tokens_details', 'thinking_tokens'))
  return {
    ...(plain !== undefined && { input: plain + (cacheRead ?? 0) + (cacheWrite ?? 0) }),
    ...(output !== undefined && { output }),
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
    ...(long !== undefined && { cacheWriteLong: long }),
    ...(reasoning !== undefined && { reasoning }),
  }
}
