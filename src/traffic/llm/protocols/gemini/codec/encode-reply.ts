// Canonical events as Google answers: whole, or chunks that are whole responses of their own. Calls come whole here, so their fragments are gathered;
// finishes and usage stand in the last chunk.

import type { Finish, Usage } from '../../../../../contract/traffic.ts'
import { isObject, parseJson, textIn, written } from '../../../canonical/index.ts'
import type { Json, JsonObject, Native, ReplyContext, ReplyEncoder, ReplyEvent } from '../../../canonical/index.ts'
import { encodeEvent } from '../../../../../kit/sse.ts'
import { reasonOf } from '../finish.ts'
import { signatureOf } from '../proof.ts'
import { metadataOf } from '../usage.ts'
import { mediaPart } from './encode-media.ts'
import { groundingOf } from './encode-citations.ts'
import type { PlacedCitation } from './encode-citations.ts'
import { encodeError } from './errors.ts'

interface Options {
  isStreaming: boolean
  /** Told where the provider names no model. */
  model: string
}

export function replyEncoder(context: ReplyContext, options: Options): ReplyEncoder {
  return new Encoder(context, options)
}

class Candidate {
  readonly parts: JsonObject[] = []
  readonly citations: PlacedCitation[] = []
  logprobs: { chosen: Json[]; top: Json[] } | undefined
  /** Of the whole candidate: places are told as bytes of it. */
  text = ''
  reason: string | undefined
  /** Arguments that are no object: Google has a finish for that. */
  hasNonsense = false
}

class Encoder implements ReplyEncoder {
  private readonly context: ReplyContext
  private readonly options: Options
  private readonly candidates = new Map<number, Candidate>()
  private readonly calls = new Map<string, { name: string; callId: string; input: string }>()
  /** Where each text block begins in the text of its candidate. */
  private readonly begins = new Map<string, number>()
  private model: string
  private id: string | undefined
  private usage: Usage | undefined
  /** Of every chunk, behind its candidates. */
  private tail: string

  constructor(context: ReplyContext, options: Options) {
    this.context = context
    this.options = options
    this.model = options.model
    this.tail = `],${JSON.stringify({ modelVersion: this.model }).slice(1)}\n\n`
  }

  write(event: ReplyEvent): string {
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
        const [part] = mediaPart(event.block)
        return part ? this.part(event.choice, part) : this.drop('media')
      }
      case 'native':
        return event.native.dialect === 'gemini' && isObject(event.native.value) ? this.part(event.choice, event.native.value) : this.drop('native')
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
        // reasoning-start and the frames of refusals say nothing here; a ping has no form
        return ''
    }
  }

  private candidate(choice: number): Candidate {
    let known = this.candidates.get(choice)
    if (!known) this.candidates.set(choice, (known = new Candidate()))
    return known
  }

  /** Texts are most of a stream: what their chunks share is written once. */
  private say(choice: number, text: string, isThought: boolean): string {
    if (!this.options.isStreaming) return this.part(choice, isThought ? { text, thought: true } : { text })
    this.candidate(choice)
    const thought = isThought ? ',"thought":true' : ''
    return `data: {"candidates":[{"content":{"parts":[{"text":${JSON.stringify(text)}${thought}}],"role":"model"},"index":${choice}}${this.tail}`
  }

  /** In a stream at once; of a whole answer, joined to a part of the same kind before it. */
  private part(choice: number, part: JsonObject): string {
    const candidate = this.candidate(choice)
    if (this.options.isStreaming) return this.chunk([{ content: { parts: [part], role: 'model' }, index: choice }])
    const last = candidate.parts.at(-1)
    const text = plainText(part)
    const before = last && plainText(last)
    if (last && before !== undefined && text !== undefined && last['thought'] === part['thought'])
      candidate.parts[candidate.parts.length - 1] = { ...last, text: before + text }
    else candidate.parts.push(part)
    return ''
  }

  /** Google signs parts; the proof of a block stands at its last one, in a stream at an empty one behind it. */
  private proof(choice: number, signature: Native | undefined, frame: JsonObject): string {
    if (!signature) return ''
    const thoughtSignature = signatureOf(signature)
    const { parts } = this.candidate(choice)
    const last = parts.at(-1)
    if (!this.options.isStreaming && last && plainText(last) !== undefined && last['thought'] === frame['thought']) {
      parts[parts.length - 1] = { ...last, thoughtSignature }
      return ''
    }
    return this.part(choice, { text: '', ...frame, thoughtSignature })
  }

  private call({ id, choice, signature }: Extract<ReplyEvent, { kind: 'tool-call-end' }>): string {
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

  private cite({ choice, block, citation }: Extract<ReplyEvent, { kind: 'citation' }>): string {
    if (citation.source?.kind !== 'url') return this.drop('citation')
    this.candidate(choice).citations.push({ citation, base: this.begins.get(block) ?? 0 })
    return ''
  }

  private logprobs({ choice, tokens }: Extract<ReplyEvent, { kind: 'logprobs' }>): string {
    const one = ({ token, logprob }: { token: string; logprob: number }) => ({ token, logProbability: logprob })
    const chosen = tokens.map(one)
    const top = tokens.map((token) => ({ candidates: token.top.map(one) }))
    if (this.options.isStreaming) return this.chunk([{ index: choice, logprobsResult: { chosenCandidates: chosen, topCandidates: top } }])
    const known = (this.candidate(choice).logprobs ??= { chosen: [], top: [] })
    known.chosen.push(...chosen)
    known.top.push(...top)
    return ''
  }

  private finish({ choice, finish, stopSequence }: { choice: number; finish: Finish; stopSequence?: string }): string {
    this.candidate(choice).reason = reasonOf[finish.unified]
    return stopSequence === undefined ? '' : this.drop('finish.stopSequence')
  }

  private end(): string {
    if (this.candidates.size === 0) this.candidate(0)
    const candidates = [...this.candidates]
      .toSorted(([one], [other]) => one - other)
      .map(([index, { parts, citations, logprobs, text, reason = 'OTHER', hasNonsense }]) =>
        written({
          content: { parts: this.options.isStreaming ? [{ text: '' }] : parts, role: 'model' },
          finishReason: hasNonsense && reason === 'STOP' ? 'MALFORMED_FUNCTION_CALL' : reason,
          index,
          groundingMetadata: citations.length === 0 ? undefined : groundingOf(citations, text),
          logprobsResult: logprobs && { chosenCandidates: logprobs.chosen, topCandidates: logprobs.top },
        }),
      )
    if (this.options.isStreaming) return this.chunk(candidates, this.usage)
    return JSON.stringify(this.response(candidates, this.usage))
  }

  private chunk(candidates: readonly JsonObject[], usage?: Usage): string {
    return encodeEvent({ data: JSON.stringify(this.response(candidates, usage)) })
  }

  private response(candidates: readonly JsonObject[], usage: Usage | undefined): JsonObject {
    return written({ candidates, usageMetadata: usage && metadataOf(usage), modelVersion: this.model, responseId: this.id })
  }

  private drop(what: string): string {
    this.context.notes.dropFromReply(what)
    return ''
  }
}

/** The text of a part that nobody signed. */
const plainText = (part: JsonObject) => (part['thoughtSignature'] === undefined ? textIn(part['text']) : undefined)

function argumentsOf(input: string): JsonObject | undefined {
  try {
    const value = parseJson(input.trim() === '' ? '{}' : input)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
