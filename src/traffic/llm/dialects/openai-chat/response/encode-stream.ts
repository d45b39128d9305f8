// Writes the chunks of a chat completion as events. Most of a stream is text deltas, so the members that
// chunks share are serialized once.

import { encodeEvent } from '../../../../../kit/sse.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { ChunkHead, ChunkSink, TextMember } from './encode.ts'

export class ChunkStream implements ChunkSink {
  readonly #wantsUsage: boolean
  readonly #begun = new Set<number>()
  /** Every chunk up to its choices. */
  #head = ''
  /** Every chunk after its choices. */
  readonly #tail: string

  /** @param wantsUsage did the client ask for the usage event (`stream_options.include_usage`)? */
  constructor(wantsUsage: boolean) {
    this.#wantsUsage = wantsUsage
    this.#tail = wantsUsage ? '],"usage":null}\n\n' : ']}\n\n'
  }

  start({ id, created, model, serviceTier }: ChunkHead): void {
    const tier = serviceTier === undefined ? '' : `"service_tier":${JSON.stringify(serviceTier)},`
    this.#head = `data: {"id":${JSON.stringify(id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(model)},${tier}"choices":[`
  }

  text(choice: number, member: TextMember, text: string): string {
    return this.#chunk(choice, `{"${member}":${JSON.stringify(text)}}`)
  }

  delta(choice: number, delta: JsonObject): string {
    return this.#chunk(choice, JSON.stringify(delta))
  }

  logprobs(choice: number, tokens: readonly JsonObject[]): string {
    return this.#chunk(choice, '{}', `,"logprobs":${JSON.stringify({ content: tokens, refusal: null })}`)
  }

  finish(choice: number, reason: string): string {
    return this.#chunk(choice, '{}', '', JSON.stringify(reason))
  }

  ping(): string {
    return ': ping\n\n'
  }

  fail(error: JsonObject): string {
    return encodeEvent({ data: JSON.stringify({ error }) })
  }

  end(usage: JsonObject | undefined): string {
    const counts = this.#wantsUsage && usage ? `${this.#head}],"usage":${JSON.stringify(usage)}}\n\n` : ''
    return `${counts}data: [DONE]\n\n`
  }

  /** The role comes first in each choice, in a separate chunk. */
  #chunk(index: number, delta: string, logprobs = '', reason = 'null'): string {
    const head = this.#head
    const tail = this.#tail
    let opening = ''
    if (!this.#begun.has(index)) {
      this.#begun.add(index)
      opening = `${head}{"index":${index},"delta":{"role":"assistant","content":""},"finish_reason":null}${tail}`
    }
    return `${opening}${head}{"index":${index},"delta":${delta}${logprobs},"finish_reason":${reason}}${tail}`
  }
}
