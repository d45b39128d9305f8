// Encodes a canonical response as the parts of an Anthropic message: its head, its blocks, its end. A stream
// writes them as events (encode-stream.ts); a whole response gathers them (encode-whole.ts). So only this
// module writes the fields of a response.
//
// Counts: `message_start` has our estimate of the input if the provider reports its counts at the end. It
// reports no output, because some clients add it to what `message_delta` reports. `message_delta` reports
// everything.

import type { Finish, Usage } from '../../../../../contract/usage.ts'
import { isObject } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type {
  Native,
  ResponseContext,
  ResponseEncoder,
  ResponseEvent,
  ResponseSeed,
  ResponseStart,
} from '../../../canonical/index.ts'
import { sealProof } from '../../../wire/sealed-proof.ts'
import { writeUsage } from '../usage.ts'
import { writeCitation } from '../citations.ts'
import { encodeError } from '../errors.ts'
import { writeFinish } from '../finish.ts'

export type ContentKind = 'text' | 'thinking' | 'tool'

/** Receives the parts of one message. */
export interface MessageSink {
  /** The message as it begins, without content. */
  begin(message: JsonObject): void
  /** A text block begins with its first text. Without text there is no block. */
  announce(id: string, kind: ContentKind, head: JsonObject): void
  /** @param head the block without its input */
  startCall(id: string, head: JsonObject): void
  delta(id: string, text: string): void
  end(id: string): void
  /** Ends a thinking block, which then exists even without a text. */
  endSigned(id: string, signature: string): void
  /** @returns false when the block no longer accepts it */
  cite(id: string, citation: JsonObject): boolean
  /** A block that comes in one piece. */
  whole(value: JsonObject): void
  ping(): void
  fail(body: string): void
  finish(reason: JsonObject, usage: JsonObject): void
  /** The text that the client gets now. */
  take(): string
}

/**
 * The input count in `message_start` if the provider has not reported it by then. Clients show how full the
 * context is, so 0 would be wrong.
 */
type Defaults = Pick<ResponseSeed, 'model' | 'inputTokens'>

export class MessageEncoder implements ResponseEncoder {
  readonly #context: ResponseContext
  readonly #defaults: Defaults
  readonly #sink: MessageSink
  #isStarted = false
  #usage: Usage = {}
  #finish: Finish | undefined
  #stopSequence: string | undefined
  #hasCalls = false

  constructor(context: ResponseContext, defaults: Defaults, sink: MessageSink) {
    this.#context = context
    this.#defaults = defaults
    this.#sink = sink
  }

  write(event: ResponseEvent): string {
    if (!this.#isStarted && event.kind !== 'error' && event.kind !== 'usage' && event.kind !== 'ping')
      this.#begin(event.kind === 'start' ? event : { kind: 'start' })
    this.#add(event)
    return this.#sink.take()
  }

  #add(event: ResponseEvent): void {
    if ('choice' in event && event.choice !== 0) return this.#context.notes.dropFromResponse('choice')
    switch (event.kind) {
      case 'text-start':
      // A refusal is a text; the stop reason marks it.
      case 'refusal-start':
        return this.#sink.announce(event.id, 'text', { type: 'text', text: '' })
      case 'reasoning-start':
        return this.#sink.announce(event.id, 'thinking', { type: 'thinking', thinking: '', signature: '' })
      case 'tool-call-start':
        this.#hasCalls = true
        return this.#sink.startCall(event.id, {
          type: 'tool_use',
          id: event.callId,
          name: event.name,
          input: {},
        })
      case 'text-delta':
      case 'reasoning-delta':
      case 'refusal-delta':
      case 'tool-call-delta':
        return this.#sink.delta(event.id, event.text)
      case 'text-end':
      case 'refusal-end':
      case 'tool-call-end':
        return this.#sink.end(event.id)
      case 'reasoning-end':
        return this.#endReasoning(event.id, event.signature && signatureOf(event.signature))
      case 'citation': {
        const citation = writeCitation(event.citation)
        if (!citation || !this.#sink.cite(event.block, citation)) this.#drop('citation')
        return
      }
      case 'native':
        return this.#addNative(event.native)
      case 'logprobs':
      case 'media':
        return this.#drop(event.kind)
      case 'usage':
        this.#usage = event.usage
        return
      case 'finish':
        this.#finish = event.finish
        this.#stopSequence = event.stopSequence
        return
      case 'ping':
        // Nothing may come before message_start.
        if (this.#isStarted) this.#sink.ping()
        return
      case 'error':
        return this.#sink.fail(encodeError(event.error).body)
      case 'end':
        return this.#sink.finish(
          writeFinish(this.#finish, this.#stopSequence, this.#hasCalls),
          writeUsage(this.#usage),
        )
      case 'start':
        return
    }
  }

  #begin({
    id = this.#context.newId('msg_'),
    model = this.#defaults.model,
    usage = {},
  }: ResponseStart): void {
    this.#isStarted = true
    const { outputTokens: _none, ...known } =
      usage.inputTokens === undefined ? { ...usage, inputTokens: this.#defaults.inputTokens ?? 0 } : usage
    this.#sink.begin({
      id,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: writeUsage(known),
    })
  }

  /** @param signature the signature of a thinking block, or a whole redacted block */
  #endReasoning(id: string, signature: Json | undefined): void {
    if (typeof signature === 'string') return this.#sink.endSigned(id, signature)
    this.#sink.end(id)
    if (isObject(signature)) this.#sink.whole(signature)
  }

  #addNative({ dialect, value }: Native): void {
    if (dialect === 'anthropic-messages' && isObject(value)) this.#sink.whole(value)
    else this.#drop('native')
  }

  #drop(what: string): void {
    this.#context.notes.dropFromResponse(what)
  }
}

/** Clients return a signature unchanged, so it can hold the signature of another vendor. */
const signatureOf = (proof: Native): Json =>
  proof.dialect === 'anthropic-messages' ? proof.value : sealProof(proof)
