// Gathers the chunks of a response into one chat completion, as the SDKs of this dialect do.
// https://platform.openai.com/docs/api-reference/chat/object

import { isList, isObject, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { ChunkHead, ChunkSink, TextMember } from './encode.ts'

export class WholeCompletion implements ChunkSink {
  #head: ChunkHead | undefined
  readonly #choices = new Map<number, Choice>()

  start(head: ChunkHead): void {
    this.#head = head
  }

  text(choice: number, member: TextMember, text: string): string {
    const { message } = this.#choice(choice)
    const before = message[member]
    message[member] = typeof before === 'string' ? before + text : text
    return ''
  }

  delta(choice: number, delta: JsonObject): string {
    const { message, calls } = this.#choice(choice)
    for (const name in delta) {
      const value = delta[name]
      if (name !== 'tool_calls') merge(message, name, value)
      else if (isList(value)) for (const call of value) if (isObject(call)) extendCall(calls, call)
    }
    return ''
  }

  logprobs(choice: number, tokens: readonly JsonObject[]): string {
    this.#choice(choice).tokens.push(...tokens)
    return ''
  }

  finish(choice: number, reason: string): string {
    this.#choice(choice).reason = reason
    return ''
  }

  ping(): string {
    return ''
  }

  /** A failure is a separate response (translate/source.ts). */
  fail(): string {
    return ''
  }

  end(usage: JsonObject | undefined): string {
    const choices = [...this.#choices].toSorted(([one], [other]) => one - other)
    return JSON.stringify({
      id: this.#head?.id,
      object: 'chat.completion',
      created: this.#head?.created,
      model: this.#head?.model,
      choices: choices.map(([index, choice]) => writtenChoice(index, choice)),
      usage,
      service_tier: this.#head?.serviceTier,
    })
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index)
    if (!choice) {
      choice = { message: emptyMessage(), calls: [], tokens: [], reason: 'stop' }
      this.#choices.set(index, choice)
    }
    return choice
  }
}

type Growing = { [name: string]: Json | undefined }

interface Choice {
  message: Growing
  /** Keyed by `index`. */
  calls: Growing[]
  tokens: JsonObject[]
  reason: string
}

/** In the order in which OpenAI writes them. */
const emptyMessage = (): Growing => ({
  role: 'assistant',
  content: null,
  refusal: null,
  reasoning_content: undefined,
  reasoning_details: undefined,
  annotations: undefined,
  audio: undefined,
  tool_calls: undefined,
})

function extendCall(calls: Growing[], { index, ...members }: JsonObject): void {
  const call = (calls[Number(index)] ??= {})
  for (const name in members) merge(call, name, members[name])
}

/** Texts and lists are appended, objects are merged by member, and all other values are replaced. */
function merge(into: Growing, name: string, value: Json | undefined): void {
  const before = into[name]
  if (typeof before === 'string' && typeof value === 'string') into[name] = before + value
  else if (isList(before) && isList(value)) into[name] = [...before, ...value]
  else if (isObject(before) && isObject(value)) {
    const inner: Growing = { ...before }
    for (const key in value) merge(inner, key, value[key])
    into[name] = written(inner)
  } else into[name] = value
}

function writtenChoice(index: number, { message, calls, tokens, reason }: Choice): unknown {
  return {
    index,
    message: { ...message, tool_calls: calls.length > 0 ? calls : undefined },
    logprobs: tokens.length > 0 ? { content: tokens, refusal: null } : null,
    finish_reason: reason,
  }
}
