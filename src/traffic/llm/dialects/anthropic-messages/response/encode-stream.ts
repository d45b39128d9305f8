// A canonical answer as a stream of Anthropic's events.
//
// Counts: `message_start` has our estimate of the input where the provider counts at the end; it says no
// output (clients exist that add it to what `message_delta` says), `message_delta` says everything. How
// blocks come in
// order: block-writer.ts.

import type { Finish, Usage } from '../../../../../contract/usage.ts'
import { encodeEvent } from '../../../../../kit/sse.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type {
  ProviderError,
  ReplyContext,
  ReplyEncoder,
  ReplyEvent,
  ReplySeed,
  ReplyStart,
} from '../../../canonical/index.ts'
import { BlockWriter } from './block-writer.ts'
import { finishReason } from './finish-reason.ts'
import { writtenUsage } from '../usage.ts'
import { writtenCitation } from '../citations.ts'
import { encodeError } from '../codec-errors.ts'
import { contentKind, nativeOf, signatureOf } from './block-kinds.ts'
import type { ContentKind } from './block-kinds.ts'

export function streamEncoder(context: ReplyContext, asked: Asked): ReplyEncoder {
  return new StreamEncoder(context, asked)
}

/**
 * What `message_start` has where the provider has not reported it by then: clients show how full the context
 * is, and 0 would be wrong.
 */
type Asked = Pick<ReplySeed, 'model' | 'inputTokens'>

class StreamEncoder implements ReplyEncoder {
  private readonly context: ReplyContext
  private readonly asked: Asked
  private readonly blocks = new BlockWriter()
  private isStarted = false
  private usage: Usage = {}
  private finish: Finish | undefined
  private stopSequence: string | undefined
  private hasCalls = false

  constructor(context: ReplyContext, asked: Asked) {
    this.context = context
    this.asked = asked
  }

  write(event: ReplyEvent): string {
    this.blocks.out = ''
    if (!this.isStarted && event.kind !== 'error' && event.kind !== 'usage' && event.kind !== 'ping')
      this.begin(event.kind === 'start' ? event : { kind: 'start' })
    this.take(event)
    return this.blocks.out
  }

  private take(event: ReplyEvent): void {
    if ('choice' in event && event.choice !== 0) return this.context.notes.dropFromReply('choice')
    switch (event.kind) {
      case 'text-start':
      case 'reasoning-start':
      case 'refusal-start': {
        const kind = contentKind(event.kind)
        return this.blocks.announce({ id: event.id, kind, head: heads[kind], text: '', isEnded: false })
      }
      case 'tool-call-start': {
        this.hasCalls = true
        const head = { type: 'tool_use', id: event.callId, name: event.name, input: {} }
        return this.blocks.start({ id: event.id, kind: 'tool', head, text: '', isEnded: false })
      }
      case 'text-delta':
      case 'reasoning-delta':
      case 'refusal-delta':
      case 'tool-call-delta':
        return this.blocks.delta(event.id, event.text)
      case 'text-end':
      case 'refusal-end':
      case 'tool-call-end':
        return this.blocks.end(event.id)
      case 'reasoning-end':
        return this.endReasoning(event)
      case 'citation':
        return this.cite(event)
      case 'native': {
        const value = nativeOf(event.native, this.context.notes)
        return value && this.blocks.whole(value)
      }
      case 'logprobs':
      case 'media':
        return this.context.notes.dropFromReply(event.kind)
      case 'usage':
        this.usage = event.usage
        return
      case 'finish':
        this.finish = event.finish
        this.stopSequence = event.stopSequence
        return
      case 'ping':
        // nothing may come before message_start
        if (this.isStarted) this.blocks.emit('ping', {})
        return
      case 'error':
        return this.fail(event.error)
      case 'end':
        return this.close()
      case 'start':
        return
    }
  }

  private begin({ id = this.context.newId('msg_'), model = this.asked.model, usage = {} }: ReplyStart): void {
    this.isStarted = true
    const { outputTokens: _none, ...known } =
      usage.inputTokens === undefined ? { ...usage, inputTokens: this.asked.inputTokens ?? 0 } : usage
    const message = {
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: writtenUsage(known),
    }
    this.blocks.emit('message_start', { message })
  }

  private endReasoning({ id, signature }: Extract<ReplyEvent, { kind: 'reasoning-end' }>): void {
    const own = signature && signatureOf(signature)
    // a proof without text: the thinking is not shown
    if (typeof own === 'string') this.blocks.startAnnounced(id, true)
    this.blocks.end(id, typeof own === 'string' ? own : undefined)
    if (typeof own === 'object' && own !== null) this.blocks.whole(own)
  }

  /** Anthropic cites before the words as well as behind them. */
  private cite({ block, citation }: Extract<ReplyEvent, { kind: 'citation' }>): void {
    const value = writtenCitation(citation)
    if (value) this.blocks.startAnnounced(block, false)
    if (value && this.blocks.isOpen(block))
      this.blocks.emitDelta({ type: 'citations_delta', citation: value })
    else this.context.notes.dropFromReply('citation')
  }

  private close(): void {
    this.blocks.close()
    const { finish, stopSequence, hasCalls } = this
    this.blocks.emit('message_delta', {
      delta: finishReason(finish, stopSequence, hasCalls),
      usage: writtenUsage(this.usage),
    })
    this.blocks.emit('message_stop', {})
  }

  private fail(error: ProviderError): void {
    this.blocks.out += encodeEvent({ name: 'error', data: encodeError(error).body })
  }
}

const heads: Readonly<Record<ContentKind, JsonObject>> = {
  text: { type: 'text', text: '' },
  thinking: { type: 'thinking', thinking: '', signature: '' },
  tool: {},
}
