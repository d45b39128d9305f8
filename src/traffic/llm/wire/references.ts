// What a request names in addition to its model: other models, and objects in the vendor's account. The gate
// authorizes both.
//
// The rule: every member outside of authors' own data is inspected, including unlisted members. A member
// whose name contains "model" names models. A member whose name contains "id" names an object at the vendor.
// A dialect lists the exceptions: authors' own data (schemas, arguments, metadata), ids that name nothing at
// the vendor (of tool calls), and objects that are named by other members (a container, a stored prompt).
//
// Most requests name nothing else. `mayRefer` detects them by a search for parts of such names. The search
// costs about 0.1 µs per KB.

import type { Reference } from '../../../contract/operation.ts'
import { eachElement, elements, stringAt } from '../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../kit/json-spans.ts'
import { runAtOnce } from '../../../kit/steps.ts'
import type { Steps } from '../../../kit/steps.ts'
import { objectFields, optionalString } from '../../wire/field.ts'

/**
 * Paths have the form `tools[].function`. The innermost element can have its type in braces:
 * `tools[]{function}.parameters` applies to functions only. An element without a type has the type "".
 */
export interface ReferenceTable {
  /** Authors' own data, and the content of earlier responses. It is not searched. */
  opaque: ReadonlySet<string>
  /** The place of the conversation. Its messages may name the model that wrote them. */
  conversation: ReadonlySet<string>
  /** Places in the conversation with tools, whose models are called. */
  toolsInside?: ReadonlySet<string>
  /** Ids that name nothing at the vendor, by member name. */
  localIds: ReadonlySet<string>
  /** Objects at the vendor that other members name: their kind by member name or by path. */
  state: Readonly<Record<string, StateMember>>
  /** Converts a member name to the spelling that the lists use. Absent means no conversion. */
  spell?(key: string): string
  /** The name of a model without the dialect's prefix. Absent means that there is no prefix. */
  nameOf?(model: string): string
}

export interface StateMember {
  what: string
  /** Does this value name an object in the account? Absent means that every value does. */
  isIn?(value: string): boolean
}

export interface Own {
  model: string
  span: JsonSpan | undefined
}

/** @param skips indexes of elements of `input` that the gateway itself added */
export function referencesIn(
  document: JsonDocument,
  own: Own,
  table: ReferenceTable,
  skips?: ReadonlySet<number>,
): readonly Reference[] {
  const source = bufferOf(document)
  if (mayHideMember(source)) return walkAtOnce(document, own, table, skips)
  for (const needle of needlesOf(table))
    if (isMemberNamed(source, needle, own, table)) return walkAtOnce(document, own, table, skips)
  return none
}

const none: readonly Reference[] = []

const walkAtOnce = (
  document: JsonDocument,
  own: Own,
  table: ReferenceTable,
  skips: ReadonlySet<number> | undefined,
): readonly Reference[] => runAtOnce(new Walk(document, own, table, skips).steps())

/** The same for a long document. */
export function* referencesInSteps(
  document: JsonDocument,
  own: Own,
  table: ReferenceTable,
  skips?: ReadonlySet<number>,
): Steps<readonly Reference[]> {
  const source = bufferOf(document)
  let mayRefer = mayHideMember(source)
  for (const needle of needlesOf(table)) {
    if (mayRefer) break
    yield
    mayRefer = isMemberNamed(source, needle, own, table)
  }
  return mayRefer ? yield* new Walk(document, own, table, skips).steps() : none
}

const modelKey = /model/i
const idKey = /(?:^|_)ids?$|[a-z]Ids?$/

interface Place {
  /** With the type of the innermost element: `tools[]{function}.function`. */
  tagged: string
  plain: string
  /** The readable path: `tools[3]`. */
  path: string
  isConversation: boolean
}

/** Each takes about 0.5 ms. */
const objectsPerStep = 256
const elementsPerStep = 8192

class Walk {
  readonly found: Reference[] = []
  private objects = 0
  private readonly document: JsonDocument
  private readonly own: Own
  private readonly table: ReferenceTable
  private readonly skips: ReadonlySet<number> | undefined

  constructor(
    document: JsonDocument,
    own: Own,
    table: ReferenceTable,
    skips: ReadonlySet<number> | undefined,
  ) {
    this.document = document
    this.own = own
    this.table = table
    this.skips = skips
  }

  *steps(): Steps<readonly Reference[]> {
    yield* this.object(this.document.root, { tagged: '', plain: '', path: '', isConversation: false })
    return this.found
  }

  private *object(span: JsonSpan, place: Place): Steps<void> {
    if (span.kind !== 'object') return
    if (++this.objects % objectsPerStep === 0) yield
    const { table } = this
    for (const [written, child] of objectFields(this.document, span, place.path || 'body')) {
      const key = table.spell?.(written) ?? written
      const dot = place.plain === '' ? '' : '.'
      const tagged = `${place.tagged}${dot}${key}`
      const plain = `${place.plain}${dot}${key}`
      if (table.opaque.has(tagged) || table.opaque.has(plain) || child.start === this.own.span?.start)
        continue
      const path = place.path === '' ? written : `${place.path}.${written}`
      const isConversation =
        table.conversation.has(plain) || (place.isConversation && !table.toolsInside?.has(plain))
      const state = table.state[tagged] ?? table.state[plain] ?? table.state[key] ?? this.byName(key)
      if (state) this.things(child, state, path)
      else if (modelKey.test(key) && !isConversation) this.models(child, path)
      if (child.kind === 'object' || child.kind === 'array')
        yield* this.below(child, { tagged, plain, path, isConversation })
    }
  }

  private byName(key: string): StateMember | undefined {
    if (!idKey.test(key) || key === 'id' || this.table.localIds.has(key)) return undefined
    const word = key.replace(/_?ids?$/i, '').replaceAll('_', ' ')
    return { what: word === '' ? 'things' : `a ${word}` }
  }

  private *below(span: JsonSpan, place: Place): Steps<void> {
    if (span.kind === 'object') {
      yield* this.object(span, place)
      return
    }
    let index = -1
    for (const element of eachElement(this.document, span)) {
      index += 1
      if (index % elementsPerStep === elementsPerStep - 1) yield
      if (element.kind !== 'object' && element.kind !== 'array') continue
      if (place.plain === 'input' && this.skips?.has(index)) continue
      const path = `${place.path}[${index}]`
      const plain = `${place.plain}[]`
      const type = element.kind === 'object' ? this.typeOf(element, path) : ''
      yield* this.below(element, { ...place, tagged: `${plain}{${type}}`, plain, path })
    }
  }

  private typeOf(span: JsonSpan, path: string): string {
    const fields = objectFields(this.document, span, path)
    return fields.get('type')?.kind === 'string' ? (optionalString(this.document, fields, 'type') ?? '') : ''
  }

  private things(span: JsonSpan, { what, isIn }: StateMember, param: string): void {
    for (const value of this.texts(span))
      if (isIn?.(value) ?? true) this.found.push({ kind: 'state', what, param })
  }

  private models(span: JsonSpan, param: string): void {
    for (const value of this.texts(span)) {
      const name = this.table.nameOf?.(value) ?? value
      if (value !== this.own.model && name !== this.own.model) this.found.push({ kind: 'model', name, param })
    }
  }

  private texts(span: JsonSpan): string[] {
    const spans = span.kind === 'array' ? elements(this.document, span) : [span]
    return spans
      .flatMap((each) => (each.kind === 'string' ? [stringAt(this.document, each)] : []))
      .filter((text) => text !== '')
  }
}

/** Part of a member's name, as bytes, because a search for a string would encode it each time. */
interface Needle {
  bytes: Buffer
  /** Is a match at this position really a part of such a name? Absent means that every match is. */
  isMeant?(source: Buffer, at: number): boolean
}

const needleOf = (part: string): Needle => ({ bytes: Buffer.from(part) })

/** Names that contain "model" or end like ids: `_id`, `_ids`, `Id`, `Ids`, and "ids" alone. */
const usualNeedles: readonly Needle[] = [
  needleOf('odel'),
  { ...needleOf('d"'), isMeant: (source, at) => endsAsId(source, at) },
  { ...needleOf('ds"'), isMeant: (source, at) => endsAsId(source, at) || source[at - 2] === 0x22 },
]

/** @param at the position of the "d" */
const endsAsId = (source: Buffer, at: number): boolean =>
  source[at - 1] === 0x49 || (source[at - 1] === 0x69 && source[at - 2] === 0x5f)

const escape = Buffer.from('\\u00')

const bufferOf = ({ bytes }: JsonDocument) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Escaped letters can hide a member name. */
function mayHideMember(source: Buffer): boolean {
  for (let at = source.indexOf(escape); at >= 0; at = source.indexOf(escape, at + escape.length)) {
    const digit = source[at + escape.length] ?? 0
    if (digit >= 0x34 && digit <= 0x37) return true
  }
  return false
}

/** Does a member whose name contains this part possibly name something? */
function isMemberNamed(source: Buffer, { bytes, isMeant }: Needle, own: Own, table: ReferenceTable): boolean {
  for (let at = source.indexOf(bytes); at >= 0; at = source.indexOf(bytes, at + 1)) {
    if (isMeant?.(source, at) === false) continue
    const member = memberAround(source, at)
    if (
      member &&
      member.value !== own.span?.start &&
      !table.localIds.has(table.spell?.(member.key) ?? member.key)
    )
      return true
  }
  return false
}

const needles = new WeakMap<ReferenceTable, readonly Needle[]>()

function needlesOf(table: ReferenceTable): readonly Needle[] {
  const known = needles.get(table)
  if (known) return known
  // "id" alone is too frequent, so the search looks for the member around it.
  const last = (path: string) => path.replace(/\.id$/, '').replace(/^.*\./, '')
  const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const named = Object.keys(table.state).map(last)
  const spelled = new Set(named.flatMap((key) => [`"${key}"`, `"${snake(key)}"`]))
  const made = [...usualNeedles, ...[...spelled].map(needleOf)]
  needles.set(table, made)
  return made
}

const isWord = (byte: number | undefined) =>
  byte !== undefined &&
  ((byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x5f ||
    byte === 0x2d)

/**
 * The member whose name contains this position, and the start of its value. Undefined if the position is not
 * in a member's name.
 */
function memberAround(source: Buffer, at: number): { key: string; value: number } | undefined {
  let end = source[at] === 0x22 ? at + 1 : at
  while (isWord(source[end])) end++
  let colon = end + 1
  while ((source[colon] ?? 0x21) <= 0x20) colon++
  if (source[end] !== 0x22 || source[colon] !== 0x3a) return undefined
  let start = end - 1
  while (isWord(source[start])) start--
  if (source[start] !== 0x22 || source[start - 1] === 0x5c) return undefined
  let value = colon + 1
  while ((source[value] ?? 0x21) <= 0x20) value++
  return { key: source.toString('latin1', start + 1, end), value }
}
