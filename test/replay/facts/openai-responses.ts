// Facts of a response and of its events. For a stream the items are assembled from `output_item.done` and the
// deltas, not from the repeated whole.

import { at, counted, isObject, listed, texted } from '../json.ts'
import type { Call, Facts, Tokens } from './facts.ts'
import { dollarsOf, inputOf } from './openai-chat.ts'

const ending = new Set(['response.completed', 'response.incomplete', 'response.failed'])
const paid = new Set(['web_search_call', 'file_search_call'])

export function responsesFacts(all: readonly unknown[], isStream: boolean): Facts {
  const end = all.findIndex((event) => ending.has(texted(at(event, 'type')) ?? ''))
  const events = end < 0 ? all : all.slice(0, end + 1)
  const response = isStream ? events.map((event) => at(event, 'response')).findLast(isObject) : events[0]
  const output = isStream ? itemsIn(events) : listed(at(response, 'output'))
  const usage = at(response, 'usage')
  const reportedDollars = dollarsOf(usage)
  const failure = [response, ...events]
    .map((one) => at(one, 'error'))
    .find((error) => isObject(error) || typeof error === 'string')
  const reported = events.find((event) => at(event, 'type') === 'error')
  const error = texted(at(failure, 'message')) ?? texted(failure) ?? texted(at(reported, 'message'))
  const status = texted(at(response, 'status'))
  const finish = texted(at(response, 'incomplete_details', 'reason')) ?? status
  const model = texted(at(response, 'model'))
  const texts = output.flatMap((item) => (at(item, 'type') === 'message' ? listed(at(item, 'content')) : []))
  return {
    choices: [
      {
        text: texts
          .map((part) => (at(part, 'type') === 'output_text' ? (texted(at(part, 'text')) ?? '') : ''))
          .join(''),
        refusal: texts.map((part) => texted(at(part, 'refusal')) ?? '').join(''),
        reasoning: output.map(reasoningOf).join(''),
        calls: output.flatMap(callOf),
        ...(finish !== undefined && { finish }),
      },
    ],
    ...(isObject(usage) && { tokens: tokensOf(usage) }),
    ...(reportedDollars !== undefined && { reportedDollars }),
    searches: output.filter((item) => paid.has(texted(at(item, 'type')) ?? '')).length,
    ...(model !== undefined && { model }),
    ...(error !== undefined && { error }),
  }
}

function itemsIn(events: readonly unknown[]): readonly unknown[] {
  const items = new Map<unknown, unknown>()
  for (const event of events)
    if (at(event, 'type') === 'response.output_item.done')
      items.set(at(event, 'output_index'), at(event, 'item'))
  return [...items.entries()]
    .toSorted(([one], [other]) => Number(one) - Number(other))
    .map(([, item]) => item)
}

/** The readable summaries if there are any, else the raw reasoning. */
function reasoningOf(item: unknown): string {
  if (at(item, 'type') !== 'reasoning') return ''
  const textsOf = (name: string) =>
    listed(at(item, name))
      .map((part) => texted(at(part, 'text')) ?? '')
      .join('')
  return textsOf('summary') + textsOf('content')
}

function callOf(item: unknown): readonly Call[] {
  const type = at(item, 'type')
  if (type !== 'function_call' && type !== 'custom_tool_call') return []
  const id = texted(at(item, 'call_id'))
  const input =
    type === 'function_call'
      ? inputOf(texted(at(item, 'arguments')) ?? '')
      : (texted(at(item, 'input')) ?? '')
  return [
    {
      ...(id !== undefined && { id }),
      name: texted(at(item, 'name')) ?? '',
      input,
      ...(type === 'custom_tool_call' && { isCustom: true }),
    },
  ]
}

function tokensOf(usage: unknown): Tokens {
  const input = counted(at(usage, 'input_tokens'))
  const output = counted(at(usage, 'output_tokens'))
  const total = counted(at(usage, 'total_tokens'))
  const cached = counted(at(usage, 'input_tokens_details', 'cached_tokens'))
  const written = counted(at(usage, 'input_tokens_details', 'cache_write_tokens'))
  const reasoning = counted(at(usage, 'output_tokens_details', 'reasoning_tokens'))
  return {
    ...(input !== undefined && { input }),
    ...(output !== undefined && {
      output: input === undefined || total === undefined ? output : Math.max(output, total - input),
    }),
    ...(cached !== undefined && { cacheRead: Math.min(cached, input ?? cached) }),
    ...(written !== undefined && { cacheWrite: Math.min(written, input ?? written) }),
    ...(reasoning !== undefined && { reasoning }),
  }
}
