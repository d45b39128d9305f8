// Adapts requests to vendors that keep state, because the gateway keeps the state instead
// (docs/decisions/007-state-of-responses.md).
//
// No caller can refer to the vendor's copy of a response, and no caller could delete it. So the vendor must
// not keep one (`store: false`). The reasoning is then available only as content that the vendor encrypts,
// which the gateway requests with `include`. Models without reasoning refuse that request, so only reasoning
// models get it. Reasoning that the vendor cannot read is removed: the vendor would look up an item without
// content and not find it, and it cannot decrypt the content of another account.
// https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items

import type { Loss } from '../../../../../contract/response.ts'
import { elements, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonSpan } from '../../../../../kit/json-spans.ts'
import type { Splice } from '../../../../../kit/splice.ts'
import { objectFields, optionalString } from '../../../../wire/field.ts'
import { insertMember, overwrite } from '../../../../wire/member.ts'
import type { OutgoingTarget } from '../../../wire/operation.ts'
import { foreignProof } from '../signatures.ts'
import type { ResponsesView } from './view.ts'
import { isReasoningModel } from '../../../wire/openai/reasoning-models.ts'

export interface History {
  /** May vendors keep responses when callers request it? */
  storesUpstream?: boolean
  /** The providers of the reasoning items that the gateway inserted into `input`, by item id. */
  proofs?: ReadonlyMap<string, string>
}

/** Instructs the vendor to keep nothing. */
export function forgetful(view: ResponsesView, { model }: OutgoingTarget, history: History): Splice[] {
  if (!isForgotten(view, history)) return []
  const { document } = view
  const store = document.members.get('store')
  return [
    store ? overwrite(store, 'false') : insertMember(document, '"store":false'),
    ...(mayReason(view, model) ? proofsWished(view) : []),
  ]
}

/** Removes reasoning that the target cannot read. */
export function readable(
  view: ResponsesView,
  target: OutgoingTarget,
  history: History,
): { splices: Splice[]; losses: Loss[] } {
  const input = view.document.members.get('input')
  const kept = input && readableItems(view, input, target, history)
  if (!kept) return { splices: [], losses: [] }
  const written = `[${kept.map((span) => textAt(view, span)).join(',')}]`
  return {
    splices: [overwrite(input, written)],
    losses: [{ field: 'input[].encrypted_content', side: 'request' }],
  }
}

const isForgotten = ({ isStored }: ResponsesView, { storesUpstream }: History) =>
  isStored && storesUpstream !== true

const proof = 'reasoning.encrypted_content'

function proofsWished({ document }: ResponsesView): Splice[] {
  const include = document.members.get('include')
  if (!include) return [insertMember(document, `"include":["${proof}"]`)]
  if (include.kind !== 'array') return include.kind === 'null' ? [overwrite(include, `["${proof}"]`)] : []
  const words = elements(document, include)
  if (words.some((span) => span.kind === 'string' && stringAt(document, span) === proof)) return []
  return [
    {
      start: include.start + 1,
      end: include.start + 1,
      replacement: `"${proof}"${words.length > 0 ? ',' : ''}`,
    },
  ]
}

function mayReason(view: ResponsesView, model: string): boolean {
  if (isReasoningModel(model)) return true
  const { document } = view
  const reasoning = document.members.get('reasoning')
  if (reasoning?.kind !== 'object') return false
  const fields = objectFields(document, reasoning, 'reasoning')
  const effort = optionalString(document, fields, 'effort', 'reasoning.effort')
  return effort === undefined ? fields.get('summary')?.kind === 'string' : effort !== 'none'
}

/** The items of `input` that the target can read. Undefined when it can read all of them. */
function readableItems(
  view: ResponsesView,
  input: JsonSpan,
  target: OutgoingTarget,
  history: History,
): JsonSpan[] | undefined {
  const { document } = view
  if (input.kind !== 'array' || !document.latin1.includes('"reasoning"')) return undefined
  const all = elements(document, input)
  const kept = all.filter((span, index) => !isUnreadable(view, span, `input[${index}]`, target, history))
  return kept.length < all.length ? kept : undefined
}

function isUnreadable(
  view: ResponsesView,
  span: JsonSpan,
  path: string,
  { provider, sharesState }: OutgoingTarget,
  history: History,
): boolean {
  const { document } = view
  if (span.kind !== 'object') return false
  const fields = objectFields(document, span, path)
  if (optionalString(document, fields, 'type', `${path}.type`) !== 'reasoning') return false
  const maker = history.proofs?.get(optionalString(document, fields, 'id', `${path}.id`) ?? '')
  const isElsewhere = maker !== undefined && maker !== provider
  const sealed = optionalString(document, fields, 'encrypted_content', `${path}.encrypted_content`)
  if (sealed !== undefined && sealed !== '') return isElsewhere || foreignProof(sealed)
  const content = fields.get('content')
  // Servers that return plain reasoning text accept it back unchanged.
  const isOpen = content?.kind === 'array' && elements(document, content).length > 0
  // An id alone could refer to the reasoning of another caller.
  const isOthers = maker === undefined && !sharesState
  return !isOpen && (isElsewhere || isOthers || isForgotten(view, history))
}

function textAt({ document: { bytes } }: ResponsesView, { start, end }: JsonSpan): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}
