// A canonical response in this dialect. A stream writes its items as events while they grow. A whole response
// builds the same items without events. It equals the content of the last event of a stream.
// https://platform.openai.com/docs/api-reference/responses-streaming
//
// Sequence numbers count all events from 0. Every text is written three times: in deltas, in its own `.done`,
// and in the item and response that hold it.

import type { Usage } from '../../../../../contract/usage.ts'
import { written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type {
  ResponseContext,
  ResponseEncoder,
  ResponseEvent,
  ResponseSeed,
  ResponseStart,
} from '../../../canonical/index.ts'
import { writeCitation } from '../citations.ts'
import { providerErrorOf } from '../../../wire/openai/errors.ts'
import { CallItem } from './call-item.ts'
import { MessageItem } from './message-item.ts'
import { nativeItem } from './output-item.ts'
import type { Emit, EmitWritten, OutputItem } from './output-item.ts'
import { ReasoningItem } from './reasoning-item.ts'
import { wireTool } from '../tool-names.ts'
import { writeFinish } from '../finish.ts'
import { writeUsage } from '../usage.ts'

/** The values that the response takes from its request. */
type Seed = Pick<ResponseSeed, 'model' | 'isStreaming' | 'echo' | 'tools'>

export class ResponsesEncoder implements ResponseEncoder {
  private readonly context: ResponseContext
  private readonly seed: Seed
  private head: JsonObject = {}
  private readonly items: OutputItem[] = []
  /** Items by the blocks that belong to them. */
  private readonly messages = new Map<string, MessageItem>()
  private readonly calls = new Map<string, CallItem>()
  private readonly thoughts = new Map<string, ReasoningItem>()
  private usage: Usage | undefined
  private ended: { status: string; incomplete_details: Json; error: Json } = {
    status: 'completed',
    incomplete_details: null,
    error: null,
  }
  private sequence = 0
  private isBegun = false
  private out = ''

  constructor(context: ResponseContext, seed: Seed) {
    this.context = context
    this.seed = seed
  }

  write(event: ResponseEvent): string {
    this.out = ''
    this.read(event)
    if (this.seed.isStreaming) return this.out
    return event.kind === 'end' ? JSON.stringify(this.response()) : ''
  }

  /** The whole response at this moment. */
  private response(status = this.ended.status): JsonObject {
    const isOver = status === this.ended.status
    return {
      ...this.head,
      status,
      error: isOver ? this.ended.error : null,
      incomplete_details: isOver ? this.ended.incomplete_details : null,
      ...this.seed.echo,
      output: isOver ? this.items.map((item) => item.written()) : [],
      usage: isOver && this.usage ? writeUsage(this.usage) : null,
    }
  }

  private read(event: ResponseEvent): void {
    if (event.kind === 'start') return this.start(event)
    if ('choice' in event && event.choice !== 0) return this.context.notes.dropFromResponse('choice')
    switch (event.kind) {
      case 'text-start':
      case 'refusal-start':
        return void this.messages.set(
          event.id,
          this.message().begin(event.id, event.kind === 'text-start' ? 'text' : 'refusal', this.emit),
        )
      case 'text-delta':
      case 'refusal-delta':
        return this.messages.get(event.id)?.delta(event.id, event.text, this.emitWritten)
      case 'text-end':
        return this.messages.get(event.id)?.end(event.id, event.signature, this.emit)
      case 'refusal-end':
        return this.messages.get(event.id)?.end(event.id, undefined, this.emit)
      case 'citation': {
        const message = this.messages.get(event.block)
        const annotation = writeCitation(event.citation, message?.lengthOf(event.block) ?? 0)
        return annotation && message ? message.cite(event.block, annotation, this.emit) : this.drop(event)
      }
      case 'logprobs':
        return this.messages.get(event.block)?.logprobs(event.block, event.tokens)
      case 'reasoning-start':
        return void this.thoughts.set(
          event.id,
          this.open(
            new ReasoningItem(this.nextIndex(), this.context.newId('rs_'), event.isSummary !== false),
          ),
        )
      case 'reasoning-delta':
        return this.thoughts.get(event.id)?.delta(event.text, this.emit)
      case 'reasoning-end':
        return this.thoughts.get(event.id)?.end(event.signature, this.emit)
      case 'tool-call-start': {
        const { callId, name, tool } = event
        const wire = wireTool(this.seed.tools, name)
        const form = wire.kind === 'search' ? 'search' : tool
        return void this.calls.set(
          event.id,
          this.open(
            new CallItem(this.nextIndex(), { id: this.context.newId(prefixes[form]), callId, form, wire }),
          ),
        )
      }
      case 'tool-call-delta':
        return this.calls.get(event.id)?.delta(event.text, this.emit)
      case 'tool-call-end':
        return this.calls.get(event.id)?.end(event.signature, this.emit)
      case 'native':
        return event.native.dialect === 'openai-responses'
          ? void this.open(nativeItem(this.nextIndex(), event.native.value))
          : this.drop(event)
      case 'media':
        return this.drop(event)
      case 'usage':
        this.usage = event.usage
        return undefined
      case 'finish':
        this.ended = writeFinish(event.finish)
        return undefined
      case 'ping':
        this.out += ': ping\n\n'
        return undefined
      case 'error':
        return this.fail(event)
      case 'end':
        return this.end()
      default:
    }
  }

  private start({ id, model = this.seed.model, createdAt, serviceTier }: ResponseStart): void {
    this.isBegun = true
    this.head = written({
      id: id?.startsWith('resp_') ? id : this.context.newId('resp_'),
      object: 'response',
      created_at: createdAt ?? this.context.createdAt,
      model,
      service_tier: serviceTier,
    })
    if (!this.seed.isStreaming) return
    const response = this.response('in_progress')
    this.emit('response.created', { response })
    this.emit('response.in_progress', { response })
  }

  /** Consecutive texts are parts of one message. */
  private message(): MessageItem {
    const last = this.items.at(-1)
    if (last instanceof MessageItem) return last
    return this.open(new MessageItem(this.nextIndex(), this.context.newId('msg_')))
  }

  private nextIndex(): number {
    return this.items.length
  }

  private open<Item extends OutputItem>(item: Item): Item {
    // A message continues until another item follows it. Calls and reasoning have their own ends, and the
    // deltas of calls may interleave.
    const last = this.items.at(-1)
    if (last instanceof MessageItem) last.settle('completed', this.emit)
    this.items.push(item)
    item.open(this.emit)
    return item
  }

  private end(): void {
    for (const item of this.items)
      item.settle(this.ended.status === 'incomplete' ? 'incomplete' : 'completed', this.emit)
    if (this.seed.isStreaming) this.emit(`response.${this.ended.status}`, { response: this.response() })
  }

  /** An event with OpenAI's own members and the member for which its SDKs raise an error. */
  private fail({ error }: ResponseEvent & { kind: 'error' }): void {
    if (!this.isBegun) this.start({ kind: 'start' })
    const written = providerErrorOf(error)
    const { code, message, param } = written
    this.emit('error', { code, message, param, error: written })
  }

  private drop({ kind }: ResponseEvent): void {
    this.context.notes.dropFromResponse(kind)
  }

  private readonly emit: Emit = (type, members) => {
    if (this.seed.isStreaming) this.emitWritten(type, JSON.stringify(members).slice(1, -1))
  }

  private readonly emitWritten: EmitWritten = (type, members) => {
    if (!this.seed.isStreaming) return
    this.out += `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.sequence},${members}}\n\n`
    this.sequence += 1
  }
}

const prefixes = { function: 'fc_', custom: 'ctc_', search: 'tsc_' } as const
