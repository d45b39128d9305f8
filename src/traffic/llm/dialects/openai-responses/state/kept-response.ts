// A kept response, and its form in the store: one JSON text with the request and the response in their
// original spelling.

import { elements, scan, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { isList, isObject, textIn } from '../../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../../kit/json.ts'

export interface KeptResponse {
  /** The id by which the client names it. */
  id: string
  /** Its id in the store. */
  inner: string
  /** `ownerText`. Responses of earlier builds have the id of their key. */
  owner: string
  /**
   * Id of the key that requested the response. Revoking the key erases the response. Absent for requests
   * without a key.
   */
  key?: string
  /** ms since the epoch */
  madeAt: number
  /** JSON of the request's `input`, with all earlier items of the conversation. */
  input: Uint8Array
  /** JSON of the response as the client saw it. */
  response: Uint8Array
  /** The provider that wrote it. */
  provider: string
  /** Names of the request's `include`. */
  include: readonly string[]
  /**
   * The providers of the reasoning items that the gateway inserted into `input`, by item id. Only the
   * provider of an item can read it.
   */
  proofs: ReadonlyMap<string, string>
}

type Written = Pick<KeptResponse, 'id' | 'provider' | 'include' | 'input' | 'response' | 'proofs'>

export function writeDown({ id, provider, include, proofs, input, response }: Written): Uint8Array {
  const head = JSON.stringify({ id, provider, include, proofs: [...proofs] })
  return Buffer.concat([
    Buffer.from(`${head.slice(0, -1)},"input":`),
    input,
    Buffer.from(',"response":'),
    response,
    Buffer.from('}'),
  ])
}

/** Reads the text of `writeDown`. */
export function readBack(bytes: Uint8Array): Written {
  const document = scan(bytes, { maxDepth: anyDepth })
  const [head, input, response] = [
    memberOf(document, 'id'),
    memberOf(document, 'input'),
    memberOf(document, 'response'),
  ]
  const about: Json = JSON.parse(
    `${Buffer.from(bytes.subarray(0, input.start)).toString('utf8').slice(0, -',"input":'.length)}}`,
  )
  const { provider = '', include = [], proofs = [] } = isObject(about) ? about : {}
  return {
    id: stringAt(document, head),
    provider: textIn(provider) ?? '',
    include: namesIn(include),
    proofs: new Map(isList(proofs) ? proofs.map((pair) => pairOf(namesIn(pair))) : []),
    input: bytes.subarray(input.start, input.end),
    response: bytes.subarray(response.start, response.end),
  }
}

/** The text was within the limits of requests and responses when it arrived. */
const anyDepth = 2_000

const namesIn = (list: Json) => (isList(list) ? list.flatMap((word) => textIn(word) ?? []) : [])
const pairOf = ([id = '', provider = '']: readonly string[]): [string, string] => [id, provider]

function memberOf(document: JsonDocument, name: string): JsonSpan {
  const span = document.members.get(name)
  if (span) return span
  throw new Error(`a kept response has no "${name}"`)
}

/** The items of the request, including the whole conversation before it, as JSON texts. */
export function inputOf({ input }: Pick<KeptResponse, 'input'>): string[] {
  const document = scan(input, { maxDepth: anyDepth })
  if (document.root.kind === 'string')
    return [JSON.stringify({ role: 'user', content: stringAt(document, document.root) })]
  return document.root.kind === 'array' ? textsOf(document, document.root) : []
}

/** The items of the response, as JSON texts. */
export function outputOf({ response }: Pick<KeptResponse, 'response'>): string[] {
  const document = scan(response, { maxDepth: anyDepth })
  const output = document.members.get('output')
  return output?.kind === 'array' ? textsOf(document, output) : []
}

const textsOf = (document: JsonDocument, array: JsonSpan) =>
  elements(document, array).map((span) => textAt(document, span))

/** As it is spelled. */
export function textAt({ bytes }: Pick<JsonDocument, 'bytes'>, { start, end }: JsonSpan): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}

/** The item ids of the response. */
export function itemIdsOf({ response }: Pick<KeptResponse, 'response'>): string[] {
  return outputOf({ response }).flatMap((item) => idOf(item) ?? [])
}

export function idOf(item: string): string | undefined {
  const { id } = parsed(item)
  return typeof id === 'string' && id !== '' ? id : undefined
}

/** The providers of all reasoning of the conversation up to the end of this response. */
export function proofsOf(kept: KeptResponse): Map<string, string> {
  const proofs = new Map(kept.proofs)
  for (const item of outputOf(kept)) {
    const { type, id } = reasoning.test(item) ? parsed(item) : {}
    if (type === 'reasoning' && typeof id === 'string') proofs.set(id, kept.provider)
  }
  return proofs
}

const reasoning = /"reasoning"/

export function parsed(item: string): JsonObject {
  const value: Json = JSON.parse(item)
  return isObject(value) ? value : {}
}
