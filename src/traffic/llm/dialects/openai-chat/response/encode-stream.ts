// The answer as a stream of chat completion chunks.
// https://platform.openai.com/docs/api-reference/chat-streaming

import type { Usage } from '../../../../../contract/usage.ts'
import { encodeEvent } from '../../../../../kit/sse.ts'
import type { Json } from '../../../../../kit/json.ts'
import type { ReplyContext, ReplyEncoder, ReplyEvent, ReplyStart } from '../../../canonical/index.ts'
import { detailOf, extraContentOf } from '../reasoning.ts'
import { providerErrorOf } from '../../../wire/openai/errors.ts'
import { annotationOf, logprobOf, reasonOf, usageOf } from './words.ts'

/**
 * @param asked the model, where the provider names none
 * @param wantsUsage did the client ask for the usage event (`stream_options.include_usage`)?
 */
export function streamEncoder(context: ReplyContext, asked: string, wantsUsage: boolean): ReplyEncoder {
  return new StreamEncoder(context, asked, wantsUsage)
}

interface Choice {
  /** Characters of content so far: citations count through all of them. */
  length: number
  /** Where each text block began. */
  starts: Map<string, number>
  /** Places of tool calls, by block. */
  calls: Map<string, { index: number; tool: 'function' | 'custom'; hasInput: boolean }>
  /** Reasoning blocks that have said something. */
  spoken: Set<string>
}

class StreamEncoder implements ReplyEncoder {
  private readonly context: ReplyContext
  private readonly asked: string
  private readonly wantsUsage: boolean
  private readonly choices = new Map<number, Choice>()
  private readonly begun = new Set<number>()
  private usage: Usage | undefined
  /** Every chunk up to its choices. */
  private head = ''

  constructor(context: ReplyContext, asked: string, wantsUsage: boolean) {
    this.context = context
    this.asked = asked
    this.wantsUsage = wantsUsage
  }

  write(event: ReplyEvent): string {
    switch (event.kind) {
      case 'start':
        this.head = this.headOf(event)
        return ''
      case 'text-start':
        this.of(event.choice).starts.set(event.id, this.of(event.choice).length)
        return ''
      case 'text-delta': {
        this.of(event.choice).length += event.text.length
        return this.delta(event.choice, '{"content":' + JSON.stringify(event.text) + '}')
      }
      case 'reasoning-delta':
        this.of(event.choice).spoken.add(event.id)
        return this.delta(event.choice, '{"reasoning_content":' + JSON.stringify(event.text) + '}')
      case 'reasoning-end': {
        if (!event.signature) return ''
        const detail = detailOf(event.signature, this.of(event.choice).spoken.has(event.id))
        return this.delta(event.choice, JSON.stringify({ reasoning_details: [detail] }))
      }
      case 'refusal-delta':
        return this.delta(event.choice, JSON.stringify({ refusal: event.text }))
      case 'tool-call-start': {
        const { calls } = this.of(event.choice)
        const { tool, callId, name } = event
        const index = calls.size
        calls.set(event.id, { index, tool, hasInput: false })
        return this.call(event.choice, {
          index,
          id: callId,
          type: tool,
          [tool]: { name, [inputOf[tool]]: '' },
        })
      }
      case 'tool-call-delta': {
        const call = this.of(event.choice).calls.get(event.id)
        if (!call) return ''
        call.hasInput = true
        return this.call(event.choice, {
          index: call.index,
          [call.tool]: { [inputOf[call.tool]]: event.text },
        })
      }
      case 'tool-call-end': {
        const call = this.of(event.choice).calls.get(event.id)
        if (!call) return ''
        // no arguments at all is no JSON, and clients parse them
        const input = call.hasInput || call.tool === 'custom' ? {} : { function: { arguments: '{}' } }
        const extra = event.signature ? { extra_content: extraContentOf(event.signature) } : {}
        const members = { ...input, ...extra }
        return Object.keys(members).length > 0
          ? this.call(event.choice, { index: call.index, ...members })
          : ''
      }
      case 'citation': {
        const { starts, length } = this.of(event.choice)
        const start = starts.get(event.block) ?? 0
        const annotation = annotationOf(event.citation, start, length - start)
        return annotation
          ? this.delta(event.choice, JSON.stringify({ annotations: [annotation] }))
          : this.drop(event)
      }
      case 'logprobs':
        return this.chunk(
          event.choice,
          '{}',
          `,"logprobs":${JSON.stringify({ content: event.tokens.map(logprobOf), refusal: null })}`,
          'null',
        )
      case 'media':
        return this.media(event)
      case 'finish':
        return this.chunk(event.choice, '{}', '', JSON.stringify(reasonOf(event.finish)))
      case 'usage':
        this.usage = event.usage
        return ''
      case 'native':
        return this.drop(event)
      case 'ping':
        return ': ping\n\n'
      case 'error':
        return encodeEvent({ data: JSON.stringify({ error: providerErrorOf(event.error) }) })
      case 'end':
        return `${this.usageChunk()}data: [DONE]\n\n`
      default:
        return ''
    }
  }

  private headOf({ id, model = this.asked, createdAt, serviceTier }: ReplyStart): string {
    const { context } = this
    const tier = serviceTier === undefined ? '' : `"service_tier":${JSON.stringify(serviceTier)},`
    const name = id?.startsWith('chatcmpl-') ? id : context.newId('chatcmpl-')
    return `data: {"id":${JSON.stringify(name)},"object":"chat.completion.chunk","created":${createdAt ?? context.createdAt},"model":${JSON.stringify(model)},${tier}"choices":[`
  }

  private of(index: number): Choice {
    let choice = this.choices.get(index)
    if (!choice)
      this.choices.set(
        index,
        (choice = { length: 0, starts: new Map(), calls: new Map(), spoken: new Set() }),
      )
    return choice
  }

  private delta(index: number, delta: string): string {
    return this.chunk(index, delta, '', 'null')
  }

  /** The role comes with a chunk of its own, before anything else of a choice. */
  private chunk(index: number, delta: string, logprobs: string, reason: string): string {
    const tail = this.wantsUsage ? '],"usage":null}\n\n' : ']}\n\n'
    const opening = this.begun.has(index)
      ? ''
      : `${this.head}{"index":${index},"delta":{"role":"assistant","content":""},"finish_reason":null}${tail}`
    if (opening) this.begun.add(index)
    return `${opening}${this.head}{"index":${index},"delta":${delta}${logprobs},"finish_reason":${reason}}${tail}`
  }

  private call(index: number, call: Json): string {
    return this.delta(index, JSON.stringify({ tool_calls: [call] }))
  }

  private media(event: ReplyEvent & { kind: 'media' }): string {
    const { block, transcript = '', handle } = event
    if (block.media !== 'audio' || block.source.kind !== 'data') return this.drop(event)
    const audio = {
      id: handle ?? this.context.newId('audio_'),
      data: block.source.base64,
      transcript,
      expires_at: this.context.createdAt,
    }
    return this.delta(event.choice, JSON.stringify({ audio }))
  }

  private drop({ kind }: ReplyEvent): string {
    this.context.notes.dropFromReply(kind)
    return ''
  }

  private usageChunk(): string {
    return this.wantsUsage && this.usage
      ? `${this.head}],"usage":${JSON.stringify(usageOf(this.usage))}}\n\n`
      : ''
  }
}

const inputOf = { function: 'arguments', custom: 'input' } as const
