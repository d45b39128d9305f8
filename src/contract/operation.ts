// An operation, as a module of traffic/ passes it to the gate: it can be read, edited, bounded in cost and
// attempted. The gate knows nothing else about the traffic; tool calls and agent messages look the same to
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
 * One requested action. Immutable: `edit` returns another one. `direction` is `reverse` when the upstream
 * asks the client (MCP sampling, elicitation): same steps, roles exchanged.
 */
export interface Operation {
  readonly kind: OperationKind
  readonly direction: 'forward' | 'reverse'
  readonly resource: Resource
  /** The client's dialect (`openai-chat`). Recorded, and used for refusals. */
  readonly dialect: string
  /** Whether the client asked for a stream. */
  readonly isStreaming: boolean
  readonly facts: OperationFacts
  /**
   * `unsent`: it acts on something (a tool call, a message to an agent), so it is never sent again once its
   * first byte may have left, neither to the same target nor to another. `any`: a repetition costs money, but
   * has no other effect. Read only when an attempt has failed.
   */
  readonly repeat: 'any' | 'unsent'
  /** Size of the request on the wire, bytes. */
  readonly bytes: number
  /**
   * Reads a long request in steps, so that the next call of `content`, or of everything else, is fast.
   * Absent: the request is short.
   * @param pause lets other calls proceed; rejects to stop
   * @throws GatewayError like the method that is called next
   */
  readAhead?(what: 'facts' | 'content', pause: () => Promise<void>): Promise<void>
  /**
   * The arguments of a tool or agent call, parsed once. Conditions read them as `operation.arguments`.
   * Absent: calls of this kind have none.
   */
  arguments?(): Readonly<Record<string, unknown>>
  /**
   * A digest of the request, for approvals: two operations with the same digest do the same thing. The
   * spelling of numbers matters; key order and white space do not (kit/json-digest.ts). Includes the pin,
   * where there is one. Absent: such calls cannot be approved.
   */
  digest?(): string
  /** The texts for guards. Computed on demand, so that calls without guards do not pay for it. */
  content(): Content
  /** The same operation with spans replaced. Later attempts translate this one, never the original. */
  edit(edits: readonly Edit[]): Operation
  /** The same for a long request: the new body is checked in slices. Absent: the request is short. */
  editLong?(edits: readonly Edit[], pause: () => Promise<void>): Promise<Operation>
  /**
   * Other things at this target that the request names: models, which need a grant of their own, and objects
   * in the vendor's account, which all callers share. Absent: none.
   */
  references?(target: string): readonly Reference[]
  /** The most that one attempt at this target may use, for reservations and limits. */
  demand(target: string): Demand
  /**
   * Translates and sends the request. Resolves as soon as status and headers are known.
   * @throws GatewayError with an `upstream-*` code; other errors are bugs.
   */
  attempt(attempt: Attempt): Promise<AttemptResponse>
}

/** Facts of an operation that policies can read without its content. */
export interface OperationFacts {
  /** Output limit that the caller set, tokens. */
  maxOutputTokens?: number
  /** Names of the tools that the caller offers. */
  tools: readonly string[]
  /** Kinds of media in the request. */
  media: readonly Media['kind'][]
  /**
   * The session id that a known SDK or agent sends. It is untrusted, so it is combined with the caller before
   * use.
   */
  session?: string
}
