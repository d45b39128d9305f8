// Walks a document once along the tree of its dialect's fields, and sorts what it finds: texts that guards
// read and may change, identifiers that guards read and cannot change, media, and tools. Unlisted values are
// read. Listed values are skipped only if they have the listed form.
//
// Media and tools are found by the same rule. A block of an unlisted type is unreadable and counts as a file.
// An unlisted member is media inside the conversation and a tool outside of it. So policies and the cost
// bound see fields that a vendor adds later.

import type { Media } from '../../../contract/content.ts'
import { keyAt, stringEnd, valueEnd } from '../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../kit/json-spans.ts'
import type { Steps } from '../../../kit/steps.ts'
import { forms, isBase64, isMachineMade, isMachineNumber } from './form.ts'
import type { BlockKind } from './form.ts'
import { tells, unlistedNode } from './tree.ts'
import type { FieldNode } from './tree.ts'

/** Its start in the document. */
export type FoundMedia = Media & { at: number }

export interface FieldReading {
  /** In the order of the source. */
  readonly texts: JsonSpan[]
  readonly fixed: JsonSpan[]
  readonly media: FoundMedia[]
  /** Names of tools outside of the tool lists that the dialect's reader knows. */
  readonly tools: string[]
  /** Members that make the provider run its own tools, and unlisted members. Their cost has no bound. */
  readonly served: string[]
  /** Where blocks of unknown types begin. */
  readonly unknownBlocks: number[]
}

export interface FieldWalkOptions {
  root: FieldNode
  /** Top-level members that hold the conversation. Absent for a response. */
  contents?: ReadonlySet<string>
  /** The one name of a member that may be spelled in several ways. */
  spelling?: ((key: string) => string) | undefined
  /** Are texts needed, or only media and tools? */
  isRead: boolean
  /** Memory of earlier events of this stream. */
  seen?: StreamMemory
}

/**
 * Most events of a stream repeat the id, the model and other members before their content. These are read
 * once.
 */
export class StreamMemory {
  /** The last identifier that was read in each field. */
  readonly identifiers = new Map<FieldNode, string>()
  /** The beginning of the last event, up to its first container, if it held only identifiers. */
  beginning: { source: string; node: FieldNode; key: string } | undefined
}

/**
 * A container that may be a medium. If it closes without a medium in it, it counts as one that the provider
 * stores.
 */
interface Holder {
  depth: number
  from: number
  kind: BlockKind | undefined
  at: number
}

export function walkFields(source: JsonSource, options: FieldWalkOptions): FieldReading {
  const walk = new FieldWalk(source, options)
  walk.run(source.bytes.length)
  return walk
}

/** The same for a long document. */
export function* walkFieldsInSteps(source: JsonSource, options: FieldWalkOptions): Steps<FieldReading> {
  const { length } = source.bytes
  const walk = new FieldWalk(source, options)
  for (;;) {
    const reached = walk.run(Math.min(walk.reached + stepBytes, length))
    if (reached >= length) return walk
    yield
  }
}

/** Takes up to 2 ms, even for the densest JSON. */
const stepBytes = 262_144

class FieldWalk implements FieldReading {
  readonly texts: JsonSpan[] = []
  readonly fixed: JsonSpan[] = []
  readonly media: FoundMedia[] = []
  readonly tools: string[] = []
  readonly served: string[] = []
  readonly unknownBlocks: number[] = []
  readonly #source: JsonSource
  readonly #options: FieldWalkOptions
  /** The node of each open container. */
  readonly #nodes: FieldNode[] = []
  readonly #isList: boolean[] = []
  readonly #holders: Holder[] = []
  /** Media whose kind a typed block has determined. */
  #claimed: Set<Media> | undefined
  #isContent = false
  /** Is the beginning recognized or passed? */
  #isBegun = false
  /** The name of the next value's member. */
  #key = ''
  /** The position at which the walk continues. */
  reached = 0
  #isKeyNext = false
  #value: FieldNode

  constructor(source: JsonSource, options: FieldWalkOptions) {
    this.#source = source
    this.#options = options
    this.#value = options.root
    const known = options.seen?.beginning
    if (known && source.latin1.startsWith(known.source)) {
      this.reached = this.#resume(known)
      this.#value = known.node
    }
  }

  /** Continues to the first possible stop at or after `until`, and returns its position. */
  run(until: number): number {
    const { bytes } = this.#source
    const nodes = this.#nodes
    let isKeyNext = this.#isKeyNext
    let value = this.#value
    let i = this.reached
    while (i < until) {
      const byte = bytes[i]!
      if (byte === 0x22) {
        const end = stringEnd(this.#source, i)
        if (isKeyNext) {
          isKeyNext = false
          value = this.#member(i, end)
        } else this.#text(value, i, end)
        i = end
      } else if (byte === 0x7b || byte === 0x5b) {
        if (nodes.length === 1) this.#remember(value, i)
        const skipped = this.#skipped(value, i)
        if (skipped !== undefined) {
          i = skipped
          continue
        }
        this.#open(value, i, byte === 0x7b)
        isKeyNext = byte === 0x7b
        if (!isKeyNext) value = value.element ?? unlistedNode
        i++
      } else if (byte === 0x7d || byte === 0x5d) {
        this.#close()
        i++
      } else if (byte === 0x2c) {
        const parent = nodes.at(-1)
        if (parent && this.#isList.at(-1)) value = parent.element ?? unlistedNode
        else isKeyNext = true
        i++
      } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
        let end = i + 1
        while (end < bytes.length && isNumeric(bytes[end]!)) end++
        if (value.form.kind === 'tool') this.#true(value)
        if (end - i >= shortestNumber) this.#number(value, i, end)
        i = end
      } else {
        if (byte === 0x74) this.#true(value)
        i++
      }
    }
    this.#isKeyNext = isKeyNext
    this.#value = value
    this.reached = i
    return i
  }

  #remember(node: FieldNode, at: number): void {
    const { seen } = this.#options
    if (!seen || this.#isBegun) return
    this.#isBegun = true
    if (this.texts.length > 0 || this.media.length > 0) return
    seen.beginning = { source: this.#source.latin1.slice(0, at), node, key: this.#key }
  }

  /** Continues after the known beginning. */
  #resume({ source, key }: NonNullable<StreamMemory['beginning']>): number {
    this.#isBegun = true
    this.#nodes.push(this.#options.root)
    this.#isList.push(false)
    this.#key = key
    return source.length
  }

  /** The position after a container that can be skipped. */
  #skipped(node: FieldNode, at: number): number | undefined {
    if (!this.#isContent && !this.#options.isRead && (node.isSilent || node.isUnlisted)) {
      if (this.#isTopUnlisted(node)) this.#unlistedTool()
      return valueEnd(this.#source, at)
    }
    return node.form.kind === 'vector' ? vectorEnd(this.#source, at) : undefined
  }

  #open(node: FieldNode, at: number, isObject: boolean): void {
    this.#nodes.push(node)
    this.#isList.push(!isObject)
    const { form } = node
    if (isObject && node.types)
      this.#holders.push({ depth: this.#nodes.length, from: this.media.length, kind: undefined, at })
    else if (form.kind === 'media' || form.kind === 'stored') this.#hold(form.media ?? 'file', at)
    else if (form.kind === 'tool') this.#tool(this.#key, form.isServed ?? false)
    else if (node.isUnlisted) {
      if (this.#isContent) this.#hold('file', at)
      else if (this.#nodes.at(-2) === this.#options.root) this.#unlistedTool()
    } else if (isObject && node.isOpen && mediaMembers.has(this.#key) && this.#isContent)
      this.#hold('file', at)
  }

  #hold(kind: Media['kind'], at: number): void {
    this.#holders.push({ depth: this.#nodes.length, from: this.media.length, kind, at })
  }

  #close(): void {
    const holder = this.#holders.at(-1)
    if (holder?.depth === this.#nodes.length) {
      this.#holders.pop()
      this.#settle(holder)
    }
    this.#nodes.pop()
    this.#isList.pop()
    if (this.#nodes.length === 1) this.#isContent = false
  }

  #settle({ from, kind, at }: Holder): void {
    if (kind === undefined || kind === 'text' || kind === 'tool') return
    if (this.media.length === from) this.media.push({ kind, source: 'stored', at })
    const claimed = (this.#claimed ??= new Set())
    for (const each of this.media.slice(from)) {
      if (claimed.has(each)) continue
      claimed.add(each)
      if (each.kind === 'file') each.kind = kind
    }
  }

  /** Reads a member's name and returns the node of its value. */
  #member(start: number, end: number): FieldNode {
    const node = this.#nodes.at(-1) ?? unlistedNode
    const key = keyAt(this.#source, start, end)
    this.#key = key
    const { spelling, contents, root, isRead } = this.#options
    const named =
      node.members.get(key) ?? (spelling && key.includes('_') ? node.members.get(spelling(key)) : undefined)
    if (node === root) this.#isContent = contents?.has(spelling ? spelling(key) : key) ?? false
    if (named) return named
    if (isRead && end - start > 2) this.texts.push({ kind: 'string', start, end })
    return node.any ?? unlistedNode
  }

  #true(node: FieldNode): void {
    if (node.form.kind === 'tool') this.#tool(this.#key, node.form.isServed ?? false)
    else if (this.#isTopUnlisted(node)) this.#unlistedTool()
  }

  #text(node: FieldNode, start: number, end: number): void {
    const { form } = node
    if (!this.#options.isRead && !node.isOpen && !tells(form)) return
    if (form.kind !== 'text' || node.isOpen) {
      const value = this.#source.latin1.slice(start + 1, end - 1)
      this.#facts(node, value, start, end)
      if (this.#options.isRead && !this.#isSkipped(node, value))
        (forms[form.kind].isFixed ? this.fixed : this.texts).push({ kind: 'string', start, end })
    } else if (this.#options.isRead && end - start > 2) this.texts.push({ kind: 'string', start, end })
  }

  #isSkipped(node: FieldNode, value: string): boolean {
    if (value === '' || isMachineMade(node.form, value)) return true
    const { seen } = this.#options
    if (!seen || !forms[node.form.kind].isFixed) return false
    if (seen.identifiers.get(node) === value) return true
    seen.identifiers.set(node, value)
    return false
  }

  /** Adds the media and tools that a text names. */
  #facts(node: FieldNode, value: string, start: number, end: number): void {
    const { form } = node
    if (form.kind === 'media' || form.kind === 'stored')
      this.#add(form.media ?? 'file', value, start, form.kind === 'stored')
    else if (form.kind === 'block') this.#type(form.types, start, end)
    else if (form.kind === 'tool')
      this.#tool(form.isServed ? this.#key : this.#decoded(start, end), form.isServed ?? false)
    else if (form.isMediaType) this.#mediaType(value)
    else if (node.isUnlisted) {
      // a text at the top (`"mode": "fast"`) is a setting. A search is enabled with true, a list or an object
      if (this.#isContent && isOneWord.test(value)) this.#add('file', value, start)
    } else if (node.isOpen && this.#isContent && isBlob(value)) this.#add('file', value, start)
  }

  #add(kind: Media['kind'], value: string, at: number, isStored = false): void {
    if (value === '') return
    const isRemote = /^https?:/i.test(value)
    if (isStored || (isRemote && ofGoogle.test(value))) this.media.push({ kind, source: 'stored', at })
    else
      this.media.push(
        isRemote
          ? { kind, source: 'remote', at }
          : { kind, source: 'inline', bytes: Math.floor((value.length * 3) / 4), at },
      )
  }

  #type(types: ReadonlyMap<string, BlockKind> | undefined, start: number, end: number): void {
    const holder = this.#holders.at(-1)
    if (holder?.depth !== this.#nodes.length) return
    const type = this.#decoded(start, end)
    const kind = types?.get(type)
    if (kind === undefined) this.unknownBlocks.push(start)
    if (kind === 'tool') this.#tool(type, false)
    holder.kind = kind ?? 'file'
  }

  #mediaType(value: string): void {
    const holder = this.#holders.at(-1)
    const [kind] = value.toLowerCase().split('/', 1)
    if (holder?.kind === 'file' && (kind === 'image' || kind === 'audio' || kind === 'video'))
      holder.kind = kind
  }

  #number(node: FieldNode, start: number, end: number): void {
    if (!this.#options.isRead) return
    const { kind } = node.form
    if (isMachineNumber(kind, this.#source.latin1.slice(start, end))) return
    ;(forms[kind].isFixed ? this.fixed : this.texts).push({ kind: 'number', start, end })
  }

  #tool(label: string, isServed: boolean): void {
    this.tools.push(label)
    if (isServed) this.served.push(label)
  }

  #isTopUnlisted(node: FieldNode): boolean {
    return node.isUnlisted && !this.#isContent && this.#nodes.at(-1) === this.#options.root
  }

  #unlistedTool(): void {
    if (this.#options.contents) this.#tool(this.#key, true)
  }

  #decoded(start: number, end: number): string {
    const { bytes, latin1 } = this.#source
    const raw = latin1.slice(start + 1, end - 1)
    if (!raw.includes('\\')) return raw
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'))
  }
}

/** The shortest numbers that identify a person have about nine digits. Prices and token limits have fewer. */
const shortestNumber = 8

/** Names of media in the results of tools, whose other members are the author's own. */
const mediaMembers = new Set(['inlineData', 'inline_data', 'fileData', 'file_data', 'image_url', 'file_url'])

/** A text without spaces may be base64, an address or an id. */
const isOneWord = /^\S{8,}$/

const isBlob = (value: string): boolean =>
  /^data:[^,\s]{0,100};base64,/i.test(value) || (value.length >= 200 && isBase64(value))

const ofGoogle = /^https:\/\/generativelanguage\.googleapis\.com\//i

/** Digits, `+ - . e E`. */
const isNumeric = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) ||
  byte === 0x2d ||
  byte === 0x2b ||
  byte === 0x2e ||
  byte === 0x65 ||
  byte === 0x45

/** The position after a list that holds only fractions. Undefined if it holds anything else. */
function vectorEnd({ latin1 }: JsonSource, at: number): number | undefined {
  if (latin1.charCodeAt(at) !== 0x5b) return undefined
  const end = latin1.indexOf(']', at)
  const inside = latin1.slice(at + 1, end)
  return /^[\d\s,.eE+-]*$/.test(inside) && !/(?:^|[^\d.])\d{9}/.test(inside) ? end + 1 : undefined
}
