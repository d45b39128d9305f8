// Encodes the canonical request for Google. Contents: encode-turns.ts; settings: encode-config.ts; tools:
// encode-tools.ts.

import type { Json } from '../../../../../kit/json.ts'
import type {
  EncodeContext,
  EncodedRequest,
  GenerateRequest,
  InstructionTurn,
} from '../../../canonical/index.ts'
import { encodeMembers } from '../../../fields/index.ts'
import { fitRequest } from '../../../fit/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { pathOf } from '../address.ts'
import { encodeConfig } from './encode-config.ts'
import { encodeContents } from './encode-turns.ts'
import { encodeToolConfig, encodeTools } from './encode-tools.ts'
import { generationOf } from './generation.ts'
import { table } from './table.ts'

export function encodeRequest(given: GenerateRequest, context: EncodeContext): EncodedRequest {
  const { notes, target } = context
  const request = fitRequest(given, 'gemini', context)
  const generation = generationOf(target.model)
  const members = {
    systemInstruction: systemOf(request),
    contents: encodeContents(request.turns, generation),
    tools: encodeTools(request.tools),
    toolConfig: encodeToolConfig(request),
    ...encodeConfig(request, generation, notes),
    serviceTier: tierOf(request.serviceTier, notes),
  }
  const body = encodeMembers(table.rows, request, members, context)
  const method = request.isStreaming ? 'streamGenerateContent' : 'generateContent'
  return { path: pathOf({ model: target.model, method }), body: JSON.stringify(body) }
}

/** All instructions of the conversation, because Google has one member for them. */
function systemOf({ system, turns }: GenerateRequest): Json | undefined {
  const inside = turns.filter(
    (turn): turn is InstructionTurn => turn.role === 'system' || turn.role === 'developer',
  )
  const parts = [...system, ...inside].flatMap(({ blocks }) => blocks.map(({ text }) => ({ text })))
  return parts.length === 0 ? undefined : { parts }
}

const tiers: Readonly<Record<string, string>> = {
  default: 'standard',
  standard: 'standard',
  flex: 'flex',
  priority: 'priority',
}

function tierOf(tier: string | undefined, notes: LossNotes): string | undefined {
  if (tier === undefined || tier === 'auto') return undefined
  const known = Object.hasOwn(tiers, tier) ? tiers[tier] : undefined
  if (known === undefined) notes.drop('service-tier')
  return known
}
