// A small OpenAI-like response for the inspection tests: events with text on channels. An edit writes the
// event again.

import type { Edit, Piece } from '../../src/contract/content.ts'
import type { ResponsePiece } from '../../src/contract/response.ts'

interface Delta {
  choices: {
    index: number
    delta: { content?: string; tool_calls?: { index: number; function: { arguments: string } }[] }
    finish_reason: string | null
  }[]
}

/** A text delta, `data: {"choices":[…]}`. */
export const text = (content: string, choice = 0): ResponsePiece =>
  event({ choices: [{ index: choice, delta: { content }, finish_reason: null }] })

/** A fragment of tool arguments. */
export const toolArguments = (fragment: string, tool = 0): ResponsePiece =>
  event({
    choices: [
      {
        index: 0,
        delta: { tool_calls: [{ index: tool, function: { arguments: fragment } }] },
        finish_reason: null,
      },
    ],
  })

export const ping: ResponsePiece = {
  bytes: ': ping\n\n',
  hasOutput: false,
  outputLength: 0,
  isTerminal: false,
}
export const done: ResponsePiece = {
  bytes: 'data: [DONE]\n\n',
  hasOutput: false,
  outputLength: 0,
  isTerminal: true,
}

/** A complete text, as dialects repeat it at the end of a channel, or a whole response. */
export function whole(content: string, channel = 'choice/0/text', isLast = true): ResponsePiece {
  return {
    bytes: `whole: ${JSON.stringify(content)}\n\n`,
    pieces: [{ channel, kind: 'text', text: content, form: 'whole', escaping: 'none', isLast }],
    hasOutput: true,
    outputLength: content.length,
    isTerminal: false,
    edit: (edits) => whole(edited(content, edits, channel), channel, isLast),
  }
}

function event(delta: Delta): ResponsePiece {
  const pieces: Piece[] = delta.choices.flatMap((choice): Piece[] => [
    ...(choice.delta.content === undefined
      ? []
      : [
          {
            channel: `choice/${choice.index}/text`,
            kind: 'text',
            text: choice.delta.content,
            form: 'delta',
            escaping: 'none',
          } as const,
        ]),
    ...(choice.delta.tool_calls ?? []).map(
      (call) =>
        ({
          channel: `choice/${choice.index}/tool/${call.index}`,
          kind: 'tool-arguments',
          text: call.function.arguments,
          form: 'delta',
          escaping: 'json-text',
        }) as const,
    ),
  ])
  return {
    bytes: `data: ${JSON.stringify(delta)}\n\n`,
    pieces,
    hasOutput: true,
    outputLength: pieces.reduce((sum, piece) => sum + piece.text.length, 0),
    isTerminal: false,
    edit(edits) {
      const changed = structuredClone(delta)
      for (const choice of changed.choices) {
        if (choice.delta.content !== undefined)
          choice.delta.content = edited(choice.delta.content, edits, `choice/${choice.index}/text`)
        for (const call of choice.delta.tool_calls ?? []) {
          call.function.arguments = edited(
            call.function.arguments,
            edits,
            `choice/${choice.index}/tool/${call.index}`,
          )
        }
      }
      return event(changed)
    },
  }
}

export function edited(content: string, edits: readonly Edit[], channel: string): string {
  let result = ''
  let at = 0
  for (const edit of edits) {
    if (edit.channel !== channel) continue
    if (edit.start < at || edit.end > content.length || edit.end < edit.start)
      throw new Error('edits overlap or leave the text')
    result += content.slice(at, edit.start) + edit.replacement
    at = edit.end
  }
  return result + content.slice(at)
}

/**
 * The released events as a client sees them: the text of each channel, with complete texts listed separately.
 */
export function textsOf(pieces: readonly ResponsePiece[]): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const piece of pieces) {
    for (const part of piece.pieces ?? []) {
      const name = part.form === 'whole' ? `${part.channel} whole` : part.channel
      texts[name] = (texts[name] ?? '') + part.text
    }
  }
  return texts
}

export interface FakeReply {
  next(): Promise<ResponsePiece | undefined>
  cancel(): Promise<void>
  readonly isCanceled: boolean
  /** The number of events pulled so far. */
  readonly pulled: number
}

export function replyOf(pieces: readonly ResponsePiece[]): FakeReply {
  let pulled = 0
  let isCanceled = false
  return {
    next: async () => pieces[pulled++],
    cancel: async () => void (isCanceled = true),
    get isCanceled() {
      return isCanceled
    },
    get pulled() {
      return pulled
    },
  }
}
