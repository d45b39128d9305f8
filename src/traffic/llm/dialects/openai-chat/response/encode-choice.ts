// One choice of a whole answer, gathered from its events.

import { written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { ReplyContext, ReplyEvent, TokenLogprob } from '../../../canonical/index.ts'
import { detailOf, extraContentOf } from '../reasoning.ts'
import { annotationOf, logprobOf, reasonOf } from './words.ts'

interface Call {
  id: string
  name: string
  tool: 'function' | 'custom'
  input: string
  extra: Json | undefined
}

export type ChoiceEvent = Extract<ReplyEvent, { choice: number }>

export class WholeChoice {
  readonly index: number
  private readonly context: ReplyContext
  private content: string | undefined
  private refusal: string | undefined
  private reasoning: string | undefined
  private readonly starts = new Map<string, number>()
  private readonly spoken = new Set<string>()
  private readonly details: Json[] = []
  private readonly calls = new Map<string, Call>()
  private readonly annotations: Json[] = []
  private readonly tokens: TokenLogprob[] = []
  private audio: JsonObject | undefined
  private reason = 'stop'

  constructor(index: number, context: ReplyContext) {
    this.index = index
    this.context = context
  }

  add(event: ChoiceEvent): void {
    switch (event.kind) {
      case 'text-start':
        this.starts.set(event.id, this.content?.length ?? 0)
        break
      case 'text-delta':
        this.content = (this.content ?? '') + event.text
        break
      case 'refusal-delta':
        this.refusal = (this.refusal ?? '') + event.text
        break
      case 'reasoning-delta':
        this.spoken.add(event.id)
        this.reasoning = (this.reasoning ?? '') + event.text
        break
      case 'reasoning-end':
        if (event.signature) this.details.push(detailOf(event.signature, this.spoken.has(event.id)))
        break
      case 'tool-call-start':
        this.calls.set(event.id, {
          id: event.callId,
          name: event.name,
          tool: event.tool,
          input: '',
          extra: undefined,
        })
        break
      case 'tool-call-delta': {
        const call = this.calls.get(event.id)
        if (call) call.input += event.text
        break
      }
      case 'tool-call-end': {
        const call = this.calls.get(event.id)
        if (call && event.signature) call.extra = extraContentOf(event.signature)
        break
      }
      case 'citation': {
        const start = this.starts.get(event.block) ?? 0
        const annotation = annotationOf(event.citation, start, (this.content?.length ?? 0) - start)
        if (annotation) this.annotations.push(annotation)
        else this.context.notes.dropFromReply(event.kind)
        break
      }
      case 'logprobs':
        this.tokens.push(...event.tokens)
        break
      case 'media':
        this.addMedia(event)
        break
      case 'native':
        this.context.notes.dropFromReply(event.kind)
        break
      case 'finish':
        this.reason = reasonOf(event.finish)
        break
      default:
    }
  }

  private addMedia({ kind, block, transcript = '', handle }: ChoiceEvent & { kind: 'media' }): void {
    const { context } = this
    if (block.media !== 'audio' || block.source.kind !== 'data') return context.notes.dropFromReply(kind)
    this.audio = {
      id: handle ?? context.newId('audio_'),
      data: block.source.base64,
      transcript,
      expires_at: context.createdAt,
    }
  }

  written(): JsonObject {
    const { calls, details, annotations, tokens } = this
    return {
      index: this.index,
      message: written({
        role: 'assistant',
        content: this.content ?? null,
        refusal: this.refusal ?? null,
        reasoning_content: this.reasoning,
        reasoning_details: details.length > 0 ? details : undefined,
        annotations: annotations.length > 0 ? annotations : undefined,
        audio: this.audio,
        tool_calls: calls.size > 0 ? [...calls.values()].map(writtenCall) : undefined,
      }),
      logprobs: tokens.length > 0 ? { content: tokens.map(logprobOf), refusal: null } : null,
      finish_reason: this.reason,
    }
  }
}

function writtenCall({ id, name, tool, input, extra }: Call): Json {
  if (tool === 'custom') return written({ id, type: tool, custom: { name, input }, extra_content: extra })
  return written({
    id,
    type: tool,
    function: { name, arguments: input === '' ? '{}' : input },
    extra_content: extra,
  })
}
