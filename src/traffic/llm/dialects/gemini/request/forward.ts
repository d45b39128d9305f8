// Forwards the caller's bytes to a target. The path names the target's model. The output limit may be
// lowered, and signatures of other vendors are removed.

import { splice } from '../../../../../kit/splice.ts'
import type { Splice } from '../../../../../kit/splice.ts'
import { insertMember, overwrite } from '../../../../wire/member.ts'
import type { Outgoing, OutgoingTarget } from '../../../wire/operation.ts'
import { pathOf } from '../address.ts'
import { noProof, wrapping } from '../signatures.ts'
import type { GeminiView } from './view.ts'

export function forwardRequest(view: GeminiView, { model, outputCap }: OutgoingTarget): Outgoing {
  const { document, address, fields } = view
  const splices: Splice[] = []
  const named = fields.get('model')
  if (named?.kind === 'string')
    splices.push(overwrite(named, JSON.stringify(model.includes('/') ? model : `models/${model}`)))
  if (outputCap !== undefined) splices.push(...capOutput(view, outputCap))
  // The conversation began at another vendor's model.
  if (document.latin1.includes(wrapping)) splices.push(...withoutWrapped(document.latin1))
  return {
    path: pathOf({ model, method: address.method }),
    body: splice(document.bytes, splices),
    swallowsUsage: false,
  }
}

function capOutput({ document, fields, config, maxOutputTokens }: GeminiView, cap: number): Splice[] {
  const perCandidate = Math.max(1, cap)
  if (maxOutputTokens !== undefined && maxOutputTokens <= perCandidate) return []
  const limit = `"maxOutputTokens":${perCandidate}`
  if (!config) {
    // The member is present as null, so a second one must not be inserted.
    const written = fields.get('generationConfig')
    return [
      written ? overwrite(written, `{${limit}}`) : insertMember(document, `"generationConfig":{${limit}}`),
    ]
  }
  const written = config.fields.get('maxOutputTokens')
  if (written) return [overwrite(written, String(perCandidate))]
  const inside = config.span.start + 1
  return [{ start: inside, end: inside, replacement: config.fields.size === 0 ? limit : `${limit},` }]
}

/** Any text that begins with the wrapper is ours, because no other author writes this prefix. */
function withoutWrapped(latin1: string): Splice[] {
  const splices: Splice[] = []
  for (let at = latin1.indexOf(`"${wrapping}`); at >= 0; at = latin1.indexOf(`"${wrapping}`, at + 1)) {
    const end = latin1.indexOf('"', at + 1)
    if (isProof(latin1, at)) splices.push({ start: at + 1, end, replacement: noProof })
  }
  return splices
}

const isProof = (latin1: string, at: number) =>
  /"(?:thoughtSignature|thought_signature)"\s*:\s*$/.test(latin1.slice(Math.max(0, at - 64), at))
