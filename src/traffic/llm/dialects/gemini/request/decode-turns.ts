// Decodes contents into turns. The call results in a content become a separate turn before the rest of the
// content.

import { GatewayError } from '../../../../../contract/errors.ts'
import type { JsonDocument } from '../../../../../kit/json-spans.ts'
import type { AssistantTurn, ToolResultBlock, Turn, UserTurn } from '../../../canonical/index.ts'
import { optionalString, required } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { googleList, hasList } from '../google-fields.ts'
import { CallIds } from './call-ids.ts'
import { decodePart } from './decode-blocks.ts'

/** @throws GatewayError `bad-request` */
export function decodeContents(document: JsonDocument, fields: Fields): Turn[] {
  if (!hasList(fields, 'contents')) throw required('contents', 'array')
  const ids = new CallIds()
  const turns: Turn[] = []
  googleList(document, fields, 'contents').forEach((content, turn) => {
    const role = roleOf(
      optionalString(document, content.fields, 'role', `${content.path}.role`),
      content.path,
    )
    const parts = googleList(document, content.fields, 'parts', `${content.path}.parts`)
    const blocks = parts.flatMap((part, position) =>
      decodePart(document, part, { role, ids, turn, position }),
    )
    if (role === 'model') {
      const said = joined(blocks.filter((block) => block.kind !== 'tool-result'))
      if (said.length > 0) turns.push({ role: 'assistant', blocks: said } satisfies AssistantTurn)
      return
    }
    const results = blocks.filter((block) => block.kind === 'tool-result')
    addResults(turns, results)
    const others = blocks.flatMap((block): UserTurn['blocks'][number][] =>
      block.kind === 'text' || block.kind === 'media' || block.kind === 'native' ? [block] : [],
    )
    // empty user content is kept, because it shows who spoke last
    if (others.length > 0 || results.length === 0) turns.push({ role: 'user', blocks: others })
  })
  return turns
}

type Said = AssistantTurn['blocks'][number]

/**
 * Clients return the parts of a stream as separate parts. Thoughts up to their signature form one block. An
 * empty text carries the signature of the preceding text.
 */
function joined(blocks: readonly Said[]): Said[] {
  const whole: Said[] = []
  for (const block of blocks) {
    const last = whole.at(-1)
    if (block.kind === 'reasoning' && last?.kind === 'reasoning' && !last.signature) {
      whole[whole.length - 1] = {
        ...last,
        ...block,
        ...(last.text === undefined ? {} : { text: last.text + (block.text ?? ''), isSummary: true }),
      }
    } else if (
      block.kind === 'text' &&
      last?.kind === 'text' &&
      !last.signature &&
      (block.text === '' || !block.signature)
    ) {
      whole[whole.length - 1] = { ...last, ...block, text: last.text + block.text }
    } else whole.push(block)
  }
  return whole
}

/** `function` is an older role name for results. */
function roleOf(role: string | undefined, path: string): 'user' | 'model' {
  if (role === undefined || role === '' || role === 'user' || role === 'function') return 'user'
  if (role === 'model') return 'model'
  throw new GatewayError('bad-request', `"${path}.role" must be "user" or "model"`, { param: `${path}.role` })
}

function addResults(turns: Turn[], results: ToolResultBlock[]): void {
  if (results.length === 0) return
  const last = turns.at(-1)
  if (last?.role === 'tool') turns[turns.length - 1] = { role: 'tool', blocks: [...last.blocks, ...results] }
  else turns.push({ role: 'tool', blocks: results })
}
