// A canonical response as chat completion chunks. A stream writes the chunks as they come (encode-stream.ts);
// a whole response gathers the same chunks (encode-whole.ts). So only this module writes the fields of a
// response.
// https://platform.openai.com/docs/api-reference/chat-streaming

import type { Usage } from '../../../../../contract/usage.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { ResponseContext, ResponseEncoder, ResponseEvent } from '../../../canonical/index.ts'
import { detailOf, extraContentOf } from '../reasoning.ts'
import { providerErrorOf } from '../../../wire/openai/errors.ts'
import { writeLogprob } from '../../../wire/openai/logprobs.ts'
import { writeCitation } from '../citations.ts'
import { writeFinish } from '../finish.ts'
import { writeUsage } from '../usage.ts'

/** The members that all chunks of one response repeat. */
export interface ChunkHead {
  id: string
  created: number
  model: string
  serviceTier: string | undefined
}

/** Text members of a delta, to which each delta appends. */
export type TextMember = 'content' | 'reasoning_content' | 'refusal'

/** Receives the chunks of one response. Each function returns the text that the client gets immediately. */
export interface ChunkSink {
  start(head: ChunkHead): void
  /** Most deltas hold only a text. */
  text(choice: number, member: TextMember, text: string): string
  delta(choice: number, delta: JsonObject): string
  logprobs(choice: number, tokens: readonly JsonObject[]): string
  finish(choice: number, reason: string): string
  ping(): string
  fail(error: JsonObject): string
  end(usage: JsonObject | undefined): string
}

export class ChatEncoder implements ResponseEncoder {
  readonly #context: ResponseContext
  readonly #askedModel: string
  readonly #sink: ChunkSink
  readonly #choices = new Map<number, Choice>()
  #usage: Usage | undefined

  /** @param askedModel the model to write when the provider names none */
  constructor(context: ResponseContext, askedModel: string, sink: ChunkSink) {
    this.#context = context
    this.#askedModel = askedModel
    this.#sink = sink
  }

  write(event: ResponseEvent): string {
    switch (event.kind) {
      case 'start': {
        const { id, model = this.#askedModel, createdAt: created = this.#context.createdAt } = event
        const name = id?.startsWith('chatcmpl-') ? id : this.#context.newId('chatcmpl-')
        this.#sink.start({ id: name, created, model, serviceTier: event.serviceTier })
        return ''
      }
      case 'text-start': {
        const choice = this.#choice(event.choice)
        choice.starts.set(event.id, choice.length)
        return ''
      }
      case 'text-delta':
        this.#choice(event.choice).length += event.text.length
        return this.#sink.text(event.choice, 'content', event.text)
      case 'reasoning-delta':
        this.#choice(event.choice).spoken.add(event.id)
        return this.#sink.text(event.choice, 'reasoning_content', event.text)
      case 'reasoning-end': {
        if (!event.signature) return ''
        const detail = detailOf(event.signature, this.#choice(event.choice).spoken.has(event.id))
        return this.#sink.delta(event.choice, { reasoning_details: [detail] })
      }
      case 'refusal-delta':
        return this.#sink.text(event.choice, 'refusal', event.text)
      case 'tool-call-start':
        return this.#startCall(event)
      case 'tool-call-delta':
        return this.#extendCall(event)
      case 'tool-call-end':
        return this.#endCall(event)
      case 'citation': {
        const { starts, length } = this.#choice(event.choice)
        const start = starts.get(event.block) ?? 0
        const annotation = writeCitation(event.citation, start, length - start)
        return annotation ? this.#sink.delta(event.choice, { annotations: [annotation] }) : this.#drop(event)
      }
      case 'logprobs':
        return this.#sink.logprobs(
          event.choice,
          event.tokens.map((token) => writeLogprob(token, null)),
        )
      case 'media':
        return this.#media(event)
      case 'finish':
        return this.#sink.finish(event.choice, writeFinish(event.finish))
      case 'usage':
        this.#usage = event.usage
        return ''
      case 'native':
        return this.#drop(event)
      case 'ping':
        return this.#sink.ping()
      case 'error':
        return this.#sink.fail(providerErrorOf(event.error))
      case 'end':
        return this.#sink.end(this.#usage && writeUsage(this.#usage))
      default:
        return ''
    }
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index)
    if (!choice) {
      choice = { length: 0, starts: new Map(), calls: new Map(), spoken: new Set() }
      this.#choices.set(index, choice)
    }
    return choice
  }

  #startCall({ choice, id, callId, name, tool }: ResponseEvent & { kind: 'tool-call-start' }): string {
    const { calls } = this.#choice(choice)
    const index = calls.size
    calls.set(id, { index, tool, hasInput: false })
    return this.#call(choice, { index, id: callId, type: tool, [tool]: { name, [inputOf[tool]]: '' } })
  }

  #extendCall({ choice, id, text }: ResponseEvent & { kind: 'tool-call-delta' }): string {
    const call = this.#choice(choice).calls.get(id)
    if (!call) return ''
    call.hasInput = true
    return this.#call(choice, { index: call.index, [call.tool]: { [inputOf[call.tool]]: text } })
  }

  #endCall({ choice, id, signature }: ResponseEvent & { kind: 'tool-call-end' }): string {
    const call = this.#choice(choice).calls.get(id)
    if (!call) return ''
    // Clients parse the arguments, and an empty text is not JSON.
    const isEmpty = !call.hasInput && call.tool === 'function'
    if (!isEmpty && !signature) return ''
    return this.#call(choice, {
      index: call.index,
      ...(isEmpty && { function: { arguments: '{}' } }),
      ...(signature && { extra_content: extraContentOf(signature) }),
    })
  }

  #call(choice: number, call: JsonObject): string {
    return this.#sink.delta(choice, { tool_calls: [call] })
  }

  #media(event: ResponseEvent & { kind: 'media' }): string {
    const { block, transcript = '', handle } = event
    if (block.media !== 'audio' || block.source.kind !== 'data') return this.#drop(event)
    const { createdAt, newId } = this.#context
    const audio = {
      id: handle ?? newId('audio_'),
      data: block.source.base64,
      transcript,
      expires_at: createdAt,
    }
    return this.#sink.delta(event.choice, { audio })
  }

  #drop({ kind }: ResponseEvent): string {
    this.#context.notes.dropFromResponse(kind)
    return ''
  }
}

interface Choice {
  /** Characters of content so far. Citations use offsets that run through all of them. */
  length: number
  /** The offset at which each text block began. */
  starts: Map<string, number>
  /** Indexes of tool calls, by block. */
  calls: Map<string, { index: number; tool: 'function' | 'custom'; hasInput: boolean }>
  /** Reasoning blocks that have a text. */
  spoken: Set<string>
}

const inputOf = { function: 'arguments', custom: 'input' } as const
