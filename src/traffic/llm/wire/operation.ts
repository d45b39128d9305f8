// One call of a JSON dialect as the gate uses it: the gate inspects it, edits it, bounds its cost and
// attempts it. The dialect supplies the lens and the rules.

import type { Content, Edit, Media, Piece } from '../../../contract/content.ts'
import type { Operation, OperationFacts, Reference } from '../../../contract/operation.ts'
import type { OperationKind } from '../../../contract/resource.ts'
import type { Loss, AttemptResponse } from '../../../contract/response.ts'
import type { Attempt } from '../../../contract/attempt.ts'
import type { Demand } from '../../../contract/usage.ts'
import { sha256Hex } from '../../../kit/id.ts'
import { jsonDigest } from '../../../kit/json-digest.ts'
import { scanSlice } from '../../../kit/json-slices.ts'
import type { JsonDocument, JsonSpan } from '../../../kit/json-spans.ts'
import { runAtOnce, runInSlices } from '../../../kit/steps.ts'
import type { Steps } from '../../../kit/steps.ts'
import { turnEnd } from '../../../kit/turn.ts'
import { highestLeastOutput } from '../losses/index.ts'
import type { Dialect } from '../dialect.ts'
import type { Departures, ProviderFor } from '../provider.ts'
import { checkLongBody } from '../../wire/body.ts'
import { editRequest } from '../../wire/edits.ts'
import type { ResponseDialect } from '../../wire/facts.ts'
import { headerPieces } from './passed-headers.ts'
import { referencesIn, referencesInSteps } from './references.ts'
import type { Own, ReferenceTable } from './references.ts'
import { repeatOf } from './repeat.ts'
import type { UpstreamResponse } from '../../../contract/upstream.ts'
import { readResponse } from './response.ts'
import { pieceOf, piecesInSteps } from '../../wire/slot.ts'
import type { Slot } from '../../wire/slot.ts'
import { requestFields } from '../../wire/fields/tree.ts'
import { pathAt } from '../../wire/fields/path-at.ts'
import { walkFields, walkFieldsInSteps } from '../../wire/fields/walk.ts'
import type { FieldReading, FieldWalkOptions, FoundMedia } from '../../wire/fields/walk.ts'
import type { DialectTable } from '../fields/index.ts'
import { unreadOfRequest } from '../../wire/unread.ts'

export interface OperationOptions {
  providerFor: ProviderFor
  /** Does the provider of a target (`provider/model`) speak a dialect itself? Absent means that all do. */
  speaks?: (target: string, dialect: Dialect) => boolean
  /** The deepest nesting of containers. */
  maxDepth: number
  /** The caller's headers. Some are sent to providers. */
  headers?: Headers
  /**
   * ms since the epoch. If absent, a `retry-after` that is a date counts only if the response has a `date`
   * header.
   */
  now?: () => number
  /**
   * Converts a response between whole and stream, if the provider sent the other form than requested. If
   * absent, such a response is garbage.
   */
  reform?: Reform
}

/** As created by translate/reform.ts. */
type Reform = (
  dialect: Dialect,
  call: {
    path: string
    body: Uint8Array | string
    headers: readonly (readonly [string, string])[]
    isStreaming: boolean
  },
  response: UpstreamResponse,
) => Promise<UpstreamResponse> | undefined

/** The minimum that a dialect's lens on a request provides. */
export interface RequestView {
  readonly document: JsonDocument
  readonly model: string
  /** The position of the model's name. Absent if the path has the model. */
  readonly modelSpan?: JsonSpan
  readonly isStreaming: boolean
  /** Elements of the conversation that the gateway itself added, by index. */
  readonly own?: ReadonlySet<number>
  /** The limit on the output of one response, in tokens. */
  readonly maxOutputTokens: number | undefined
}

/** The media of a request, and the members that make its cost unbounded. */
export type Extras = Pick<FieldReading, 'media' | 'served'>

export interface RequestContent {
  slots: Slot[]
  /** Content that is not text in a place of text. Guards that must read it refuse the call. */
  unreadable?: Content['unreadable']
}

/** The target of a call, and the limit that a budget sets. */
export interface OutgoingTarget {
  /** The vendor's name of the model. */
  model: string
  /** Name of the provider. */
  provider: string
  /**
   * Does the provider speak another dialect? Then the body is read again and translated before it is sent.
   */
  isTranslated: boolean
  departures: Departures
  /** May the request name objects in the account at the vendor? */
  sharesState: boolean
  /** The most output that a budget covers in each response, in tokens. */
  outputCap: number | undefined
}

export interface Outgoing {
  /** Below the provider's base URL, with its query. */
  path: string
  body: Uint8Array | string
  headers?: readonly (readonly [string, string])[]
  /** The gateway requested a usage event that the client did not request. */
  swallowsUsage: boolean
  /** The losses of the translation for this target. */
  losses?: readonly Loss[]
}

/** The parts that a dialect supplies. One constant object per kind of call. */
export interface OperationDialect<View extends RequestView> {
  dialect: Dialect
  kind: OperationKind
  response: ResponseDialect
  /** @throws GatewayError `bad-request`. It also reads bodies that edits have changed. */
  view(body: Uint8Array, limits: { maxDepth: number }): View
  /**
   * The content that guards read, in steps. Called at most once. @throws GatewayError `bad-request` for a
   * wrong type in a member that the dialect reads
   */
  content(view: View): Steps<RequestContent>
  tools(view: View): readonly string[]
  /**
   * @param read the contents of the request other than texts
   * @param isTranslated the target speaks another dialect: tools that a vendor runs itself do not reach it
   * (translate/vendor-tools.ts)
   */
  demand(view: View, read: () => Extras, isTranslated: boolean): Demand
  /** The members that name other models, or objects in the vendor's account. */
  references: ReferenceTable
  /**
   * Top-level members that define tools and formats. Guards read the rest of them, beyond `content`, as kind
   * `tool-definition`.
   */
  definitions: readonly string[]
  /** Its fields: which values are machine-made, which are media, which are tools. */
  table: DialectTable
  /** The caller's bytes as they are sent to a target, with as few changes as possible. */
  forward(view: View, target: OutgoingTarget): Outgoing
}

/** @throws GatewayError `bad-request` */
export function jsonOperation<View extends RequestView>(
  body: Uint8Array,
  ways: OperationDialect<View>,
  options: OperationOptions,
): Operation {
  return viewedOperation(ways.view(body, options), ways, options)
}

/** For a dialect that must inspect the view itself. */
export function viewedOperation<View extends RequestView>(
  view: View,
  ways: OperationDialect<View>,
  options: OperationOptions,
): Operation {
  return new JsonOperation(view, view.document.bytes.length, ways, options)
}

class JsonOperation<View extends RequestView> implements Operation {
  readonly kind: OperationKind
  readonly direction = 'forward'
  readonly dialect: Dialect
  readonly resource: Operation['resource']
  readonly isStreaming: boolean
  readonly bytes: number
  private readonly view: View
  private readonly ways: OperationDialect<View>
  private readonly options: OperationOptions
  readonly readAhead?: NonNullable<Operation['readAhead']>
  readonly editLong?: NonNullable<Operation['editLong']>
  private read: RequestContent | undefined
  private pieces: Piece[] | undefined
  private unread: readonly Slot[] | undefined
  private all: readonly Slot[] | undefined
  private extra: FieldReading | undefined
  private known: OperationFacts | undefined
  private named: readonly Reference[] | undefined
  private most: Demand | undefined
  /** For a target that speaks another dialect. */
  private translatedMost: Demand | undefined

  constructor(view: View, bytes: number, ways: OperationDialect<View>, options: OperationOptions) {
    this.kind = ways.kind
    this.dialect = ways.dialect
    this.view = view
    this.bytes = bytes
    this.ways = ways
    this.options = options
    this.resource = { kind: 'model', name: view.model }
    this.isStreaming = view.isStreaming
    if (view.document.bytes.length <= scanSlice) return
    this.readAhead = (what, pause) => runInSlices(this.steps(what), pause)
    this.editLong = async (edits, pause) => {
      const body = await runInSlices(this.editedBody(edits), pause)
      await pause()
      await checkLongBody(body, options, pause)
      return this.withBody(body)
    }
  }

  /** The work of a long request, in steps. */
  private *steps(what: 'facts' | 'content'): Steps<void> {
    const { document } = this.view
    this.extra ??= yield* walkFieldsInSteps(document, this.fieldOptions(false))
    yield
    this.named ??= yield* referencesInSteps(document, this.own(), this.ways.references, this.view.own)
    if (what === 'facts') return
    this.read ??= yield* this.ways.content(this.view)
    yield
    const fields = yield* walkFieldsInSteps(document, this.fieldOptions(true))
    yield
    this.unread ??= yield* unreadOfRequest(document, fields, this.read.slots, this.ways.definitions)
    yield
    this.pieces ??= yield* piecesInSteps(document, this.guarded())
  }

  /** Tools and media are read on demand. Most calls match no policy that needs them. */
  get facts(): OperationFacts {
    const { view } = this
    this.known ??= {
      ...(view.maxOutputTokens === undefined ? {} : { maxOutputTokens: view.maxOutputTokens }),
      tools: [...new Set([...this.ways.tools(view), ...this.extras().tools])],
      media: [...new Set(this.extras().media.map(({ kind }) => kind))],
    }
    return this.known
  }

  get repeat() {
    return repeatOf(this.view.document)
  }

  content(): Content {
    const { document, model, modelSpan } = this.view
    const pieces = this.pieces ?? this.guarded().map((slot) => pieceOf(document, slot))
    // they are requested once, and long ones are not kept for the whole call
    this.pieces = undefined
    // in the path
    if (!modelSpan)
      pieces.push({
        channel: 'model',
        kind: 'text',
        text: model,
        form: 'whole',
        escaping: 'none',
        fieldAt: () => 'model',
      })
    if (this.options.headers) pieces.push(...headerPieces(this.options.headers))
    const { media, unknownBlocks } = this.extras()
    const [unknown] = unknownBlocks
    const unreadable =
      this.contentOf().unreadable ?? (unknown === undefined ? undefined : unknownBlock(document, unknown))
    return {
      pieces,
      media: media.map((each, index) => mediumOf(document, each, index === 0)),
      ...(unreadable && { unreadable }),
    }
  }

  edit(edits: readonly Edit[]): Operation {
    return this.withBody(runAtOnce(this.editedBody(edits)))
  }

  private editedBody(edits: readonly Edit[]): Steps<Uint8Array> {
    return editRequest(this.view.document, this.guarded(), edits)
  }

  private withBody(body: Uint8Array): Operation {
    return new JsonOperation(this.ways.view(body, this.options), this.bytes, this.ways, this.options)
  }

  digest(): string {
    const { document, model } = this.view
    const headers = this.options.headers
      ? headerPieces(this.options.headers).map(({ channel, text }) => [channel, text])
      : []
    return sha256Hex(`${jsonDigest(document.bytes)}\n${JSON.stringify([model, this.isStreaming, headers])}`)
  }

  demand(target: string): Demand {
    const isTranslated = this.options.speaks?.(target, this.dialect) === false
    const known = isTranslated ? this.translatedMost : this.most
    if (known) return known
    const asked = this.ways.demand(this.view, () => this.extras(), isTranslated)
    const most = this.withReferences(
      isTranslated && this.kind === 'model.generate' ? withRaisedOutput(asked) : asked,
      target,
    )
    if (isTranslated) this.translatedMost = most
    else this.most = most
    return most
  }

  /**
   * Vendors' tools, which name other models, do not reach targets of another dialect. Objects in an account
   * must never reach them.
   */
  references(target: string): readonly Reference[] {
    const { view, ways } = this
    this.named ??= referencesIn(view.document, this.own(), ways.references, view.own)
    if (this.named.length === 0 || this.options.speaks?.(target, this.dialect) !== false) return this.named
    return this.named.filter(({ kind }) => kind !== 'model')
  }

  /** The vendor may call another model any number of times. */
  private withReferences(most: Demand, target: string): Demand {
    const references = this.references(target)
    const other = references.length > 0 ? references.find(({ kind }) => kind === 'model') : undefined
    return other
      ? {
          ...most,
          hasUnboundedFees: true,
          reason: `"${other.param}" names a second model, whose use has no bound`,
        }
      : most
  }

  async attempt(attempt: Attempt): Promise<AttemptResponse> {
    const { view, ways } = this
    const { target, depth, outputCap } = attempt
    const provider = this.options.providerFor(target, ways.dialect)
    const { swallowsUsage, losses, ...outgoing } = ways.forward(view, {
      model: target.model,
      provider: target.provider,
      isTranslated: provider.isTranslating ?? false,
      departures: provider.departures,
      sharesState: provider.sharesState ?? false,
      outputCap,
    })
    const response = await provider.send({
      dialect: ways.dialect,
      ...outgoing,
      isStreaming: view.isStreaming,
      attempt,
    })
    const { now, reform } = this.options
    const { path, body, headers = [] } = outgoing
    const attemptResponse = await readResponse(response, {
      dialect: ways.response,
      provider,
      depth,
      isStreaming: view.isStreaming,
      swallowsUsage,
      async pause() {
        await turnEnd()
        attempt.signal.throwIfAborted()
      },
      ...(now && { now: now() }),
      ...(reform && {
        reform: (given) =>
          reform(ways.dialect, { path, body, headers, isStreaming: view.isStreaming }, given),
      }),
    })
    return losses ? { ...attemptResponse, losses: [...attemptResponse.losses, ...losses] } : attemptResponse
  }

  /** The slots that guards read: the known fields, and the rest. */
  private guarded(): readonly Slot[] {
    if (this.all) return this.all
    const { slots } = this.contentOf()
    this.unread ??= runAtOnce(
      unreadOfRequest(this.view.document, this.fields(true), slots, this.ways.definitions),
    )
    const all = [...slots, ...this.unread]
    // an edit of a long request reuses them
    if (this.readAhead) this.all = all
    return all
  }

  /** Media and tools. Most calls need only these. */
  private extras(): FieldReading {
    this.extra ??= this.fields(false)
    return this.extra
  }

  private fields(isRead: boolean): FieldReading {
    return walkFields(this.view.document, this.fieldOptions(isRead))
  }

  private fieldOptions(isRead: boolean): FieldWalkOptions {
    const { root, contents, spelling } = requestFields(this.ways.table)
    return { root, contents, spelling, isRead }
  }

  private own(): Own {
    return { model: this.view.model, span: this.view.modelSpan }
  }

  private contentOf(): RequestContent {
    this.read ??= runAtOnce(this.ways.content(this.view))
    return this.read
  }
}

/** A translation raises a limit that the vendor would refuse as too small (fit/values.ts). */
function withRaisedOutput(demand: Demand): Demand {
  const { outputTokens, choices = 1 } = demand
  const least = highestLeastOutput * choices
  return outputTokens === undefined || outputTokens >= least ? demand : { ...demand, outputTokens: least }
}

/** The first medium, which refusals name. */
function mediumOf(document: JsonDocument, { kind, source, bytes, at }: FoundMedia, isFirst: boolean): Media {
  return {
    kind,
    source,
    ...(bytes !== undefined && { bytes }),
    ...(isFirst && { param: pathAt(document, at) }),
  }
}

function unknownBlock(document: JsonDocument, at: number): NonNullable<Content['unreadable']> {
  return { param: pathAt(document, at), what: 'a block of a type that Gatehouse does not know' }
}
