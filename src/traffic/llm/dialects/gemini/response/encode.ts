// Encodes canonical events as a Google response: whole, or in chunks that are complete responses. Google's
// calls come in one piece, so fragments of calls are gathered. Finishes and usage are in the last chunk.

import type { Finish, Usage } from '../../../../../contract/usage.ts'
import { isObject, parseJson, written } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { Native, ResponseContext, ResponseEncoder, ResponseEvent } from '../../../canonical/index.ts'
import { encodeEvent } from '../../../../../kit/sse.ts'
import { writeFinish } from '../finish.ts'
import { signatureOf } from '../signatures.ts'
import { writeUsage } from '../usage.ts'
import { Candidate } from './encode-choice.ts'
import { alternativesOf, tokenOf } from './logprobs.ts'
import { encodeError } from '../errors.ts'
import { encodeMedia } from '../request/media.ts'

interface Options {
  isStreaming: boolean
  /** The model for responses in which the provider names none. */
  model: string
}

export function createResponseEncoder(context: ResponseContext, options: Options): ResponseEncoder {
  return new Encoder(context, options)
}

class Encoder implements ResponseEncoder {
  private readonly context: ResponseContext
  private readonly options: Options
  private readonly candidates = new Map<number, Candidate>()
  private readonly calls = new Map<string, { name: string; callId: string; input: string }>()
  /** The offset at which each text block begins in the text of its candidate. */
  private readonly begins = new Map<string, number>()
  private model: string
  private id: string | undefined
  private usage: Usage | undefined
  /** The end of every chunk, after its candidates. */
  private tail: string

  constructor(context: ResponseContext, options: Options) {
    this.context = context
    this.options = options
    this.model = options.model
    this.tail = `],${JSON.stringify({ modelVersion: this.model }).slice(1)}\n\n`
  }

  write(event: ResponseEvent): string {
    switch (event.kind) {
      case 'start':
        this.model = event.model ?? this.model
        this.id = event.id
        this.tail = `],${JSON.stringify(written({ modelVersion: this.model, responseId: this.id })).slice(1)}\n\n`
        return ''
      case 'text-start':
        this.begins.set(event.id, this.candidate(event.choice).text.length)
        return ''
      case 'text-delta':
        this.candidate(event.choice).text += event.text
        return this.say(event.choice, event.text, false)
      case 'refusal-delta':
        return this.say(event.choice, event.text, false)
      case 'reasoning-delta':
        return this.say(event.choice, event.text, true)
      case 'text-end':
        return this.proof(event.choice, event.signature, {})
      case 'reasoning-end':
        return this.proof(event.choice, event.signature, { thought: true })
      case 'tool-call-start':
        this.calls.set(event.id, { name: event.name, callId: event.callId, input: '' })
        return ''
      case 'tool-call-delta': {
        const call = this.calls.get(event.id)
        if (call) call.input += event.text
        return ''
      }
      case 'tool-call-end':
        return this.call(event)
      case 'media': {
        const [part] = encodeMedia(event.block)
        return part ? this.part(event.choice, part) : this.drop('media')
      }
      case 'native':
        return event.native.dialect === 'gemini' && isObject(event.native.value)
          ? this.part(event.choice, event.native.value)
          : this.drop('native')
      case 'citation':
        return this.cite(event)
      case 'logprobs':
        return this.logprobs(event)
      case 'usage':
        this.usage = event.usage
        return ''
      case 'finish':
        return this.finish(event)
      case 'error':
        return encodeEvent({ data: encodeError(event.error).body })
      case 'end':
        return this.end()
      default:
        // reasoning-start, the start and end of refusals and pings have no form here.
        return ''
    }
  }

  private candidate(choice: number): Candidate {
    let known = this.candidates.get(choice)
    if (!known) this.candidates.set(choice, (known = new Candidate()))
    return known
  }

  /** Most of a stream is texts, so their common members are serialized once. */
  private say(choice: number, text: string, isThought: boolean): string {
    if (!this.options.isStreaming) return this.part(choice, isThought ? { text, thought: true } : { text })
    this.candidate(choice)
    const thought = isThought ? ',"thought":true' : ''
    return `data: {"candidates":[{"content":{"parts":[{"text":${JSON.stringify(text)}${thought}}],"role":"model"},"index":${choice}}${this.tail}`
  }

  /** In a stream the part is written at once. */
  private part(choice: number, part: JsonObject): string {
    const candidate = this.candidate(choice)
    if (this.options.isStreaming)
      return this.chunk([{ content: { parts: [part], role: 'model' }, index: choice }])
    candidate.add(part)
    return ''
  }

  /** In a stream the signature is on an empty part after the block. */
  private proof(choice: number, signature: Native | undefined, frame: JsonObject): string {
    if (!signature) return ''
    const thoughtSignature = signatureOf(signature)
    if (this.options.isStreaming) return this.part(choice, { text: '', ...frame, thoughtSignature })
    this.candidate(choice).sign(thoughtSignature, frame)
    return ''
  }

  private call({ id, choice, signature }: Extract<ResponseEvent, { kind: 'tool-call-end' }>): string {
    const call = this.calls.get(id)
    this.calls.delete(id)
    if (!call) return ''
    const args = argumentsOf(call.input)
    if (!args) {
      this.candidate(choice).hasNonsense = true
      return this.drop('tool-call')
    }
    const functionCall = { id: call.callId, name: call.name, args }
    return this.part(choice, written({ functionCall, thoughtSignature: signature && signatureOf(signature) }))
  }

  private cite({ choice, block, citation }: Extract<ResponseEvent, { kind: 'citation' }>): string {
    if (citation.source?.kind !== 'url') return this.drop('citation')
    this.candidate(choice).citations.push({ citation, base: this.begins.get(block) ?? 0 })
    return ''
  }

  private logprobs({ choice, tokens }: Extract<ResponseEvent, { kind: 'logprobs' }>): string {
    const candidate = this.candidate(choice)
    if (this.options.isStreaming)
      return this.chunk([
        {
          index: choice,
          logprobsResult: {
            chosenCandidates: tokens.map(tokenOf),
            topCandidates: tokens.map(alternativesOf),
          },
        },
      ])
    candidate.addLogprobs(tokens)
    return ''
  }

  private finish({
    choice,
    finish,
    stopSequence,
  }: {
    choice: number
    finish: Finish
    stopSequence?: string
  }): string {
    this.candidate(choice).reason = writeFinish[finish.unified]
    return stopSequence === undefined ? '' : this.drop('finish.stopSequence')
  }

  private end(): string {
    if (this.candidates.size === 0) this.candidate(0)
    const candidates = [...this.candidates]
      .toSorted(([one], [other]) => one - other)
      .map(([index, candidate]) =>
        candidate.written(index, this.options.isStreaming ? [{ text: '' }] : undefined),
      )
    if (this.options.isStreaming) return this.chunk(candidates, this.usage)
    return JSON.stringify(this.response(candidates, this.usage))
  }

  private chunk(candidates: readonly JsonObject[], usage?: Usage): string {
    return encodeEvent({ data: JSON.stringify(this.response(candidates, usage)) })
  }

  private response(candidates: readonly JsonObject[], usage: Usage | undefined): JsonObject {
    return written({
      candidates,
      usageMetadata: usage && writeUsage(usage),
      modelVersion: this.model,
      responseId: this.id,
    })
  }

  private drop(what: string): string {
    this.context.notes.dropFromResponse(what)
    return ''
  }
}

function argumentsOf(input: string): JsonObject | undefined {
  try {
    const value = parseJson(input.trim() === '' ? '{}' : input)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
