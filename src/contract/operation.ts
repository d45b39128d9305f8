// What a room of traffic/ promises the gate: an operation that can be looked at, edited, bounded in cost and
// attempted. The gate knows nothing else of what it carries; a tool call or an agent's message is the same to
// it.

import type { Attempt } from './attempt.ts'
import type { Content, Edit, Media } from './content.ts'
import type { OperationKind, Resource } from './resource.ts'
import type { AttemptResponse } from './response.ts'
import type { Demand } from './usage.ts'

export type Reference =
  /** The vendor's name of a model. */
  | { kind: 'model'; name: string; param: string }
  /**
   * An id of something at the vendor: a file, a container, a stored prompt. `what` names the kind of thing.
   */
  | { kind: 'state'; what: string; param: string }

/**
 * One thing that is asked. Immutable: `edit` gives another one.
 * `direction` is `reverse` when the upstream asks the client (MCP sampling, elicitation): same steps, roles
 * exchanged.
 */
export interface Operation {
  readonly kind: OperationKind
  readonly direction: 'forward' | 'reverse'
  readonly resource: Resource
  /** The client's dialect (`openai-chat`): recorded, and what refusals are worded in. */
  readonly dialect: string
  /** Does the client want the answer piece by piece? */
  readonly isStreaming: boolean
  readonly facts: OperationFacts
  /**
   * `unsent`: it acts on something (a tool call, a message to an agent), so it is never sent again once its
   * first byte may have left, neither to the same target nor to another. `any`: doing it twice costs twice
   * and nothing else. Asked only when an attempt has failed.
   */
  readonly repeat: 'any' | 'unsent'
  /** Size of the request on the wire, bytes. */
  readonly bytes: number
  /**
   * Reads a long request in steps, so that what is asked next is quick: `content`, or everything else.
   * Absent: the request is short.
   * @param pause lets other calls go on; rejects to stop
   * @throws GatewayError as what is asked next
   */
  readAhead?(what: 'facts' | 'content', pause: () => Promise<void>): Promise<void>
  /**
   * What conditions read as `operation.arguments`: of a tool or an agent, parsed once. Absent: calls of this
   * kind have none.
   */
  arguments?(): Readonly<Record<string, unknown>>
  /**
   * Names what will be sent, for approvals: two operations with the same digest do the same thing. Numbers
   * count as they are written; the order of keys and white space do not count (kit/json-digest.ts). Includes
   * the pin, where there is one. Absent: such calls cannot be approved.
   */
  digest?(): string
  /** What guards read; computed on the first call only, so that calls without guards never pay for it. */
  content(): Content
  /**
   * The same operation with spans replaced; later attempts translate from this one, never from the original.
   */
  edit(edits: readonly Edit[]): Operation
  /** The same for a long request: the new body is checked in slices. Absent: the request is short. */
  editLong?(edits: readonly Edit[], pause: () => Promise<void>): Promise<Operation>
  /**
   * What the request names at this target besides its own resource: other models, which need a grant of their
   * own, and things that live in the vendor's account, which all callers share. Absent: nothing.
   */
  references?(target: string): readonly Reference[]
  /** The most that one attempt at this target may use, for reservations and limits. */
  demand(target: string): Demand
  /**
   * Translates, sends, and answers as soon as status and headers are known.
   * @throws GatewayError with an `upstream-*` code; other errors are faults of ours.
   */
  attempt(attempt: Attempt): Promise<AttemptResponse>
}

/** What policies may ask about an operation without reading its content. */
export interface OperationFacts {
  /** Output limit that the caller set, tokens. */
  maxOutputTokens?: number
  /** Names of the tools that the caller offers. */
  tools: readonly string[]
  /** Kinds of media in the request. */
  media: readonly Media['kind'][]
  /** Session that a known SDK or agent sends; external, scoped by caller before use. */
  session?: string
}
