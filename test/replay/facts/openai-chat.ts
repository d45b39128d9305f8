// Facts of a chat completion and of its chunks, including the variants of compatible vendors.

import { at, canonical, counted, isObject, listed, parsed, texted } from '../json.ts'
import type { Call, Choice, Facts, Tokens } from './facts.ts'

interface Building {
  text: string
  refusal: string
  reasoning: string
  calls: { id?: string; name: string; input: string; index: unknown; isCustom: boolean }[]
  finish?: string
}

export function chatFacts(events: readonly unknown[], isStream: boolean): Facts {
  const choices = new Map<number, Building>()
  let tokens: Tokens | undefined
  let error: string | undefined
  let model: string | undefined
  let searches = 0
  let reportedDollars: number | undefined
  for (const event of events) {
    const failure = at(event, 'error')
    if (failure) error = texted(at(failure, 'message')) ?? texted(failure) ?? 'error'
    model = texted(at(event, 'model')) || model
    const usage = at(event, 'usage') ?? at(event, 'x_groq', 'usage')
    if (isObject(usage)) {
      tokens = tokensOf(usage)
      reportedDollars = dollarsOf(usage)
      searches =
        counted(at(usage, 'server_tool_use_details', 'web_search_requests')) ??
        counted(at(usage, 'server_tool_use', 'web_search_requests')) ??
        0
    }
    for (const choice of listed(at(event, 'choices'))) {
      const number = counted(at(choice, 'index')) ?? 0
      const building = choices.get(number) ?? { text: '', refusal: '', reasoning: '', calls: [] }
      choices.set(number, building)
      const finish = texted(at(choice, 'finish_reason'))
      if (finish) building.finish ??= finish
      // Perplexity sends both: new text in `delta`, all text so far in `message`.
      const places = isStream ? ['delta', 'message'] : ['message', 'delta']
      const said = places.map((place) => at(choice, place)).find(isObject)
      if (said) add(building, said)
    }
  }
  return {
    choices: [...choices.entries()]
      .toSorted(([one], [other]) => one - other)
      .map(([, building]) => built(building)),
    ...(tokens && { tokens }),
    searches,
    ...(reportedDollars !== undefined && { reportedDollars }),
    ...(model !== undefined && { model }),
    ...(error !== undefined && { error }),
  }
}

/** OpenRouter and Perplexity report dollars, xAI reports units of 10⁻¹⁰ dollars. */
export function dollarsOf(usage: unknown): number | undefined {
  const ticks = counted(at(usage, 'cost_in_usd_ticks'))
  const cost = at(usage, 'cost')
  const dollars =
    ticks === undefined ? (typeof cost === 'number' ? cost : at(cost, 'total_cost')) : ticks / 1e10
  if (typeof dollars !== 'number') return undefined
  const vendors = at(usage, 'is_byok') === true ? at(usage, 'cost_details', 'upstream_inference_cost') : 0
  return dollars + (typeof vendors === 'number' ? vendors : 0)
}

function add(building: Building, said: Readonly<Record<string, unknown>>): void {
  const { content, refusal } = said
  if (typeof content === 'string') building.text += content
  // Mistral's parts: https://docs.mistral.ai/capabilities/reasoning
  for (const part of listed(content)) {
    if (at(part, 'type') === 'text') building.text += texted(at(part, 'text')) ?? ''
    if (at(part, 'type') === 'thinking')
      for (const piece of listed(at(part, 'thinking'))) building.reasoning += texted(at(piece, 'text')) ?? ''
  }
  building.refusal += texted(refusal) ?? ''
  building.reasoning += texted(said['reasoning_content']) ?? texted(said['reasoning']) ?? ''
  for (const call of listed(said['tool_calls'])) addCall(building, call)
  if (isObject(said['function_call']) && Object.values(said['function_call']).some((text) => text !== ''))
    addCall(building, { function: said['function_call'], index: 'legacy' })
}

function addCall(building: Building, call: unknown): void {
  const isCustom = at(call, 'function') === undefined && isObject(at(call, 'custom'))
  const named = at(call, 'function') ?? at(call, 'custom')
  const id = texted(at(call, 'id')) || undefined
  const index = at(call, 'index')
  const name = texted(at(named, 'name')) ?? ''
  const input = at(named, 'arguments') ?? at(named, 'input')
  const text =
    typeof input === 'string' ? input : input === undefined || input === null ? '' : JSON.stringify(input)
  const known = building.calls.findLast((one) =>
    index === undefined
      ? id === undefined || one.id === id
      : one.index === index && (!id || !one.id || one.id === id),
  )
  if (!known || (index === undefined && name !== '' && id === undefined))
    building.calls.push({ ...(id !== undefined && { id }), name, input: text, index, isCustom })
  else {
    known.input += text
    if (known.name === '') known.name = name
    if (id !== undefined) known.id ??= id
  }
}

const built = ({ text, refusal, reasoning, calls, finish }: Building): Choice => ({
  text,
  refusal,
  reasoning,
  calls: calls.map(
    ({ id, name, input, isCustom }): Call => ({
      ...(id !== undefined && { id }),
      name,
      ...(isCustom ? { input, isCustom } : { input: inputOf(input) }),
    }),
  ),
  ...(finish !== undefined && { finish }),
})

export function inputOf(text: string): string {
  if (text.trim() === '') return '{}'
  const value = parsed(text)
  return value === undefined ? text : canonical(value)
}

/** xAI and Gemini count reasoning in the total only; cached tokens cannot exceed the input. */
function tokensOf(usage: unknown): Tokens {
  const prompt = counted(at(usage, 'prompt_tokens'))
  const output = counted(at(usage, 'completion_tokens'))
  const total = counted(at(usage, 'total_tokens'))
  const audio =
    counted(at(usage, 'prompt_tokens_details', 'audio_tokens')) ?? counted(at(usage, 'audio_prompt_tokens'))
  // Mistral's Voxtral counts audio in addition to the prompt
  const input =
    prompt !== undefined && audio && output !== undefined && prompt + audio + output === total
      ? prompt + audio
      : prompt
  const cached =
    counted(at(usage, 'prompt_tokens_details', 'cached_tokens')) ??
    counted(at(usage, 'cached_tokens')) ??
    counted(at(usage, 'num_cached_tokens')) ??
    counted(at(usage, 'prompt_cache_hit_tokens'))
  const written =
    counted(at(usage, 'prompt_tokens_details', 'cache_write_tokens')) ??
    counted(at(usage, 'prompt_tokens_details', 'cache_creation_tokens'))
  const reasoning = counted(at(usage, 'completion_tokens_details', 'reasoning_tokens'))
  return {
    ...(input !== undefined && { input }),
    ...(output !== undefined && {
      output: input === undefined || total === undefined ? output : Math.max(output, total - input),
    }),
    ...(cached !== undefined && { cacheRead: Math.min(cached, input ?? cached) }),
    ...(written !== undefined && { cacheWrite: Math.min(written, input ?? written) }),
    ...(reasoning !== undefined && { reasoning }),
    ...(audio !== undefined && { audio }),
  }
}
