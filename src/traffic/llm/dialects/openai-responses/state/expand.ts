// Expands a request that continues an earlier response: it puts the earlier items into `input`, so that
// guards read them, budgets bound them, and every target understands them.

import { GatewayError } from '../../../../../contract/errors.ts'
import type { HandleCaller } from '../../../../../contract/handle.ts'
import { elements, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { splice } from '../../../../../kit/splice.ts'
import { scanBody } from '../../../../wire/body.ts'
import { objectFields, optionalString } from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { insertMember, overwrite } from '../../../../wire/member.ts'
import type { KeptResponses } from './kept.ts'
import { idOf, inputOf, outputOf, proofsOf, textAt } from './kept-response.ts'

export interface Expanded {
  /** The original body when it refers to nothing. */
  body: Uint8Array
  /** The `previous_response_id` that it had. */
  previous?: string
  /** The providers of the inserted reasoning items. Only the provider of an item can read it. */
  proofs: ReadonlyMap<string, string>
  /**
   * Indexes of the items of `input` that the gateway inserted. The objects in the vendor's account that they
   * name belong to this caller.
   */
  own: ReadonlySet<number>
}

export interface ExpandLimits {
  maxDepth: number
  /** Largest expanded request, bytes. */
  bodyBytes: number
  /** Counts the bytes of earlier responses in memory. @throws GatewayError `overloaded` */
  take(bytes: number): void
}

const nothing: ReadonlyMap<string, string> = new Map()

/**
 * @throws GatewayError `bad-request` for responses that are not kept, or not for this caller;
 * `request-too-large`; `state-unavailable`
 */
export async function expand(
  body: Uint8Array,
  caller: HandleCaller,
  kept: KeptResponses,
  limits: ExpandLimits,
): Promise<Expanded> {
  const source = Buffer.from(body.buffer, body.byteOffset, body.length)
  if (!names.some((name) => source.includes(name))) return unchanged(body)
  const document = scanBody(body, limits)
  const previous = optionalString(document, document.members, 'previous_response_id')
  const input = document.members.get('input')
  if (previous === undefined && !refersToItems(document, input)) return unchanged(body)
  const history = new History(caller, kept, limits)
  if (previous !== undefined) await history.add(previous)
  await history.addOwn(document, input)
  const at = document.members.get('previous_response_id')
  const written = `[${history.items.join(',')}]`
  const expanded = splice(body, [
    input ? overwrite(input, written) : insertMember(document, `"input":${written}`),
    ...(at && previous !== undefined ? [overwrite(at, 'null')] : []),
  ])
  return {
    body: expanded,
    proofs: history.proofs,
    own: history.own,
    ...(previous === undefined ? {} : { previous }),
  }
}

const unchanged = (body: Uint8Array): Expanded => ({ body, proofs: nothing, own: nobody })
const nobody: ReadonlySet<number> = new Set()

/** Includes the start of an escape, because names may be written with escapes. */
const names = ['previous_response_id', '"id"', '\\u00']

function refersToItems(document: JsonDocument, input: JsonSpan | undefined): boolean {
  return (
    input?.kind === 'array' &&
    elements(document, input).some(
      (span, index) => referenceIn(document, span, `input[${index}]`) !== undefined,
    )
  )
}

/**
 * The members with the content of an item, by its type. If none of them is present, the vendor would look up
 * the item by its id. An empty list means that the item never refers to anything. An item of any other type
 * must be kept.
 */
const sayingMembers: Readonly<Record<string, readonly string[]>> = {
  message: ['content'],
  function_call: ['arguments'],
  function_call_output: ['output'],
  custom_tool_call: ['input'],
  custom_tool_call_output: ['output'],
  computer_call_output: ['output'],
  shell_call_output: ['output'],
  local_shell_call_output: ['output'],
  image_generation_call: ['result'],
  mcp_list_tools: ['tools'],
  compaction: ['encrypted_content'],
  reasoning: ['encrypted_content', 'content'],
  // It also refers to a container: references.ts
  code_interpreter_call: ['a kept copy'],
  ...Object.fromEntries(
    [
      'web_search_call file_search_call computer_call shell_call local_shell_call apply_patch_call apply_patch_call_output mcp_call',
      'mcp_approval_request mcp_approval_response tool_search_call tool_search_output additional_tools compaction_trigger',
    ].flatMap((types) => types.split(' ').map((type) => [type, []])),
  ),
}

/**
 * Items that can be sent even if they are not kept: stateless.ts leaves such reasoning out, and references.ts
 * refuses the container.
 */
const optionalTypes: ReadonlySet<string> = new Set(['reasoning', 'code_interpreter_call'])

/**
 * The id that an item refers to. Undefined when the item is complete. The type of a reference is optional.
 * https://platform.openai.com/docs/api-reference/responses/create#responses_create-input
 */
function referenceIn(document: JsonDocument, span: JsonSpan, path: string): Reference | undefined {
  if (span.kind !== 'object') return undefined
  const fields = objectFields(document, span, path)
  const type =
    optionalString(document, fields, 'type', `${path}.type`) ??
    (isSet(fields, 'content') ? 'message' : 'item_reference')
  const id = optionalString(document, fields, 'id', `${path}.id`)
  if (id === undefined) return type === 'item_reference' ? { id: '', isNeeded: true } : undefined
  const members = Object.hasOwn(sayingMembers, type) ? sayingMembers[type] : undefined
  if (members && (members.length === 0 || members.some((member) => isSet(fields, member)))) return undefined
  return { id, isNeeded: !optionalTypes.has(type) }
}

const isSet = (fields: Fields, name: string) => fields.has(name) && fields.get(name)?.kind !== 'null'

interface Reference {
  id: string
  /** Is the item empty without its reference? */
  isNeeded: boolean
}

class History {
  /** JSON texts. */
  readonly items: string[] = []
  readonly proofs = new Map<string, string>()
  readonly own = new Set<number>()
  private bytes = 0
  /** Items of the responses that were found for a reference, by id. */
  private readonly known = new Map<string, string>()
  private knownBytes = 0
  private readonly caller: HandleCaller
  private readonly kept: KeptResponses
  private readonly mostBytes: number
  private readonly take: ExpandLimits['take']

  constructor(caller: HandleCaller, kept: KeptResponses, { bodyBytes, take }: ExpandLimits) {
    this.caller = caller
    this.kept = kept
    this.mostBytes = bodyBytes
    this.take = take
  }

  async add(previous: string): Promise<void> {
    const found = await this.kept.get(this.caller, previous)
    if (!found) throw this.notKept()
    this.take(found.input.length + found.response.length)
    for (const item of [...inputOf(found), ...outputOf(found)]) this.pushOwn(item)
    for (const [id, provider] of proofsOf(found)) this.proofs.set(id, provider)
  }

  /** The items of the request, with references replaced by items. */
  async addOwn(document: JsonDocument, input: JsonSpan | undefined): Promise<void> {
    if (input?.kind === 'string')
      return this.push(JSON.stringify({ role: 'user', content: stringAt(document, input) }))
    // The lens reports any other type.
    if (input?.kind !== 'array') return
    const items = elements(document, input).map((span, index) => ({ span, path: `input[${index}]` }))
    const references = items.map(({ span, path }) => referenceIn(document, span, path))
    // A client that refers to a whole conversation refers to the newest response last. That response is kept
    // with all earlier items.
    const newest = references.findLast((reference) => reference !== undefined)
    if (newest !== undefined) await this.learn(newest.id)
    for (const [index, { span, path }] of items.entries()) {
      const reference = references[index]
      const item = reference && (await this.referred(reference, path))
      if (item === undefined) this.push(textAt(document, span))
      else this.pushOwn(item)
    }
  }

  /** Clients that keep a list of ids refer to single items. */
  private async referred({ id, isNeeded }: Reference, path: string): Promise<string | undefined> {
    if (!this.known.has(id)) await this.learn(id)
    const item = this.known.get(id)
    if (item !== undefined || !isNeeded) return item
    throw new GatewayError(
      'bad-request',
      `"${path}.id" is not the id of a stored item of this caller; send the item itself.`,
      { param: `${path}.id` },
    )
  }

  private async learn(id: string): Promise<void> {
    const found = await this.kept.withItem(this.caller, id)
    if (!found) return
    this.take(found.input.length + found.response.length)
    this.knownBytes += found.input.length + found.response.length
    if (this.knownBytes > 2 * this.mostBytes) {
      this.known.clear()
      this.knownBytes = found.input.length + found.response.length
    }
    for (const [proof, provider] of proofsOf(found)) this.proofs.set(proof, provider)
    for (const item of [...inputOf(found), ...outputOf(found)]) {
      const own = idOf(item)
      if (own !== undefined) this.known.set(own, item)
    }
  }

  private pushOwn(item: string): void {
    this.push(item)
    this.own.add(this.items.length - 1)
  }

  private push(item: string): void {
    this.bytes += item.length + 1
    if (this.bytes > this.mostBytes) {
      throw new GatewayError(
        'request-too-large',
        `the request with the conversation before it is larger than ${this.mostBytes} bytes (limits.bodyBytes); start a new conversation with a summary.`,
      )
    }
    this.items.push(item)
  }

  private notKept(): GatewayError {
    const message =
      this.kept.rule().keepMs === 0
        ? '"previous_response_id" cannot be used: this gateway keeps no responses (responses.keep is off); send the earlier items in "input".'
        : '"previous_response_id" names no response that is kept for this caller: it was made elsewhere, not stored, not completed, or is gone; send the earlier items in "input".'
    return new GatewayError('bad-request', message, { param: 'previous_response_id' })
  }
}
