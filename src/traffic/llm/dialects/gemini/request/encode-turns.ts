// Encodes turns as contents. Neighboring turns of one role become one content, because the next content must
// hold all results of a turn's calls.

import { isObject, parseJson, written } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'
import type { AssistantTurn, Native, ToolResultBlock, Turn, UserTurn } from '../../../canonical/index.ts'
import { noProof, signatureOf } from '../signatures.ts'
import type { Generation } from './generation.ts'
import { resultOf } from './encode-results.ts'
import { encodeMedia } from './media.ts'

interface Content {
  role: 'user' | 'model'
  parts: Json[]
}

export function encodeContents(turns: readonly Turn[], generation: Generation): Json {
  const contents: Content[] = []
  const names = namesOf(turns)
  for (const turn of turns) {
    const parts = partsOf(turn, names, generation)
    if (parts.length === 0) continue
    const role = turn.role === 'assistant' ? 'model' : 'user'
    const last = contents.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else contents.push({ role, parts })
  }
  return contents.map(({ role, parts }) => ({ role, parts }))
}

function partsOf(turn: Turn, names: ReadonlyMap<string, string>, generation: Generation): Json[] {
  if (turn.role === 'assistant') return saidParts(turn, generation)
  if (turn.role === 'user') return turn.blocks.flatMap(partOf)
  // Instructions have a separate member.
  if (turn.role !== 'tool') return []
  // All results come first. Media that cannot be inside a result follow.
  const results = turn.blocks.map((block) => resultOf(block, nameOf(block, names), generation.hasResultMedia))
  return [...results.map(({ part }) => part), ...results.flatMap(({ beside }) => beside)]
}

function saidParts({ blocks }: AssistantTurn, { needsProof }: Generation): Json[] {
  let isFirstCall = true
  return blocks.flatMap((block): Json[] => {
    if (block.kind === 'refusal') return [{ text: block.text }]
    if (block.kind === 'reasoning') {
      const proof = ownProof(block.signature)
      return proof === undefined ? [] : [{ text: block.text ?? '', thought: true, thoughtSignature: proof }]
    }
    if (block.kind !== 'tool-call') return partOf(block)
    // Calls of one response share the signature of the first call.
    const proof = ownProof(block.signature) ?? (needsProof && isFirstCall ? noProof : undefined)
    isFirstCall = false
    return [
      written({
        functionCall: { id: block.id, name: block.name, args: argumentsOf(block.input) },
        thoughtSignature: proof,
      }),
    ]
  })
}

/** A model may have written invalid JSON. Google accepts only objects. */
function argumentsOf(input: string): JsonObject {
  try {
    const value = parseJson(input === '' ? '{}' : input)
    return isObject(value) ? value : { input: value }
  } catch {
    return { input }
  }
}

function partOf(block: UserTurn['blocks'][number]): Json[] {
  if (block.kind === 'native') return block.native.dialect === 'gemini' ? [block.native.value] : []
  if (block.kind === 'media') return encodeMedia(block)
  const proof = ownProof(block.signature)
  return block.text === '' && proof === undefined
    ? []
    : [written({ text: block.text, thoughtSignature: proof })]
}

const ownProof = (signature: Native | undefined) =>
  signature?.dialect === 'gemini' ? signatureOf(signature) : undefined

/** In this dialect results name their function; in others only the call does. */
function namesOf(turns: readonly Turn[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const turn of turns) {
    if (turn.role !== 'assistant') continue
    for (const block of turn.blocks) if (block.kind === 'tool-call') names.set(block.id, block.name)
  }
  return names
}

const nameOf = ({ name, callId }: ToolResultBlock, names: ReadonlyMap<string, string>) =>
  names.get(callId) ?? name ?? callId
