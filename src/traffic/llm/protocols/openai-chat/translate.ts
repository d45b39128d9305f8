// The caller's bytes as they go to a target: the model's name, the wish for usage and a lower output limit change, nothing else does.

import { members } from '../../../../kit/json-spans.ts'
import { splice } from '../../../../kit/splice.ts'
import type { Splice } from '../../../../kit/splice.ts'
import type { Departures } from '../../provider.ts'
import { outputLimits } from './view.ts'
import type { ChatView } from './view.ts'

export interface Target {
  /** The vendor's name of the model. */
  model: string
  departures: Departures
  /** Most output that a budget covers, tokens over all choices. */
  outputCap: number | undefined
}

export function translate(view: ChatView, target: Target): Uint8Array {
  const splices: Splice[] = []
  if (view.model !== target.model) splices.push({ ...at(view.modelSpan), replacement: JSON.stringify(target.model) })
  if (view.isStreaming && !view.wantsUsage && target.departures.usageInStream) splices.push(askForUsage(view))
  if (target.outputCap !== undefined) splices.push(...capOutput(view, target.outputCap, target.departures))
  return splice(view.document.bytes, splices)
}

/**
 * Without it OpenAI tells no usage in a stream, and money would be estimated. The reply swallows the event that the caller did not ask for.
 * https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options
 */
function askForUsage(view: ChatView): Splice {
  const { document } = view
  const written = document.members.get('stream_options')
  if (written === undefined) return insertMember(view, '"stream_options":{"include_usage":true}')
  if (view.streamOptions === undefined) return { ...at(written), replacement: '{"include_usage":true}' }
  const options = members(document, view.streamOptions)
  const asked = options.get('include_usage')
  if (asked !== undefined) return { ...at(asked), replacement: 'true' }
  const inside = view.streamOptions.start + 1
  return { start: inside, end: inside, replacement: options.size === 0 ? '"include_usage":true' : '"include_usage":true,' }
}

function capOutput(view: ChatView, cap: number, departures: Departures): Splice[] {
  const perChoice = Math.max(1, Math.floor(cap / view.choices))
  const limits = outputLimits(view)
  if (limits.length === 0) {
    const field = departures.outputLimitField ?? 'max_completion_tokens'
    const written = view.document.members.get(field)
    // Written as null, it must not stand there twice.
    if (written !== undefined) return [{ ...at(written), replacement: String(perChoice) }]
    return [insertMember(view, `"${field}":${perChoice}`)]
  }
  return limits.filter(({ value }) => value > perChoice).map(({ span }) => ({ ...at(span), replacement: String(perChoice) }))
}

/** The body has members (`model` at least), so that a comma may follow. */
function insertMember(view: ChatView, member: string): Splice {
  const inside = view.document.root.start + 1
  return { start: inside, end: inside, replacement: `${member},` }
}

const at = ({ start, end }: { start: number; end: number }) => ({ start, end })
