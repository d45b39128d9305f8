// The pieces of the trial module: texts that guards read, and their edits.

import type { Edit, Piece } from '../../src/contract/content.ts'
import type { AttemptResponse, ResponsePiece } from '../../src/contract/response.ts'

export type Values = Record<string, unknown>

export const reply = {
  status: 200,
  headers: [['content-type', 'application/json']],
  losses: [],
} as const satisfies Partial<AttemptResponse>

export const eventPiece = (data: object): ResponsePiece => ({
  ...noPiece,
  bytes: `data: ${JSON.stringify(data)}\n\n`,
  isTerminal: false,
})
const noPiece = { pieces: [], hasOutput: false, outputLength: 0 }

export function resultPiece(result: unknown, used?: Readonly<Record<string, number>>): ResponsePiece {
  const text = typeof result === 'string' ? result : JSON.stringify(result)
  const pieces: Piece[] = [
    { channel: 'result', kind: 'tool-result', text, form: 'whole', escaping: 'none', isLast: true },
  ]
  const remade = (edits: readonly Edit[]) => resultPiece(edited({ result: text }, edits)['result'], used)
  // no tokens: the demand has none
  const usage = used ? { fees: used } : {}
  return {
    bytes: JSON.stringify(result),
    pieces,
    hasOutput: true,
    outputLength: 0,
    isTerminal: true,
    usage,
    edit: remade,
  }
}

export const piecesOf = (values: Values): Piece[] =>
  Object.entries(values).flatMap(([channel, text]) =>
    typeof text === 'string'
      ? [{ channel, kind: 'tool-arguments', text, form: 'whole', escaping: 'none' } as const]
      : [],
  )

export function edited(values: Values, edits: readonly Edit[]): Values {
  const changed = { ...values }
  for (const { channel, start, end, replacement } of edits.toSorted((a, b) => b.start - a.start)) {
    const text = String(changed[channel])
    changed[channel] = text.slice(0, start) + replacement + text.slice(end)
  }
  return changed
}
