// Assigns a call to its run: inside another call, by a run token, by the name that the client sends, or as a
// new run.

import type { OpenCall } from '../contract/gate.ts'
import { GatewayError, asGatewayError } from '../contract/errors.ts'
import type { Identified } from './exchange.ts'
import { type PrincipalEntry, callerName, recall } from './identify/index.ts'
import type { Parts } from './parts.ts'
import type { Runtime } from './provision.ts'
import { findRun } from './run.ts'
import { runTokenHeader } from './run-token.ts'

export interface Membership {
  readonly run: string
  /** Id of the parent exchange. */
  readonly parent?: string
  /** 0 for a call of a client; one more than its parent's. */
  readonly depth: number
  /** The owner of the run, if the caller joined it by a token. */
  readonly owner?: PrincipalEntry
  /** Why the call cannot join the run that it names. */
  readonly refusal?: GatewayError
}

/** A running call that contains another one. */
export interface Joined {
  readonly id: string
  readonly membership: Membership
}

/** Never throws: a refusal is recorded like any other. */
export function findMembership(
  { clock, directory, tokens }: Parts,
  runtime: Runtime,
  caller: Identified,
  opening: OpenCall,
  call: { id: string; within: Joined | undefined },
): Membership {
  const { id, within } = call
  if (within) {
    const { run, owner, depth } = within.membership
    return { run, parent: within.id, depth: depth + 1, ...(owner && { owner }) }
  }
  const own = { run: findRun(callerName(caller.principal), opening, id), depth: 0 }
  if (opening.within)
    return {
      ...own,
      refusal: new GatewayError('parent-ended', 'The exchange that this call should belong to has ended.'),
    }
  const token = opening.headers.get(runTokenHeader)
  if (!token) return own
  const ticket = tokens.open(caller.principal.id, token)
  if (!ticket) return { ...own, refusal: badToken() }
  try {
    const { principal } = recall(
      { directory, principals: runtime.principals, clock },
      ticket.owner,
      ticket.key,
    )
    const { run, depth, exchange } = ticket
    return { run, depth: depth + 1, owner: principal, ...(exchange !== undefined && { parent: exchange }) }
  } catch (thrown) {
    const error = asGatewayError(thrown)
    // An internal error keeps its cause, for the log.
    if (error.code === 'internal') return { ...own, refusal: error }
    return {
      ...own,
      refusal: new GatewayError(
        'revoked',
        'The key of the owner of this run was revoked or has expired, so the run has ended.',
      ),
    }
  }
}

const badToken = () =>
  new GatewayError(
    'bad-run-token',
    `The run token in "${runTokenHeader}" is not valid for this key: it has expired, was made for another principal, or is not one of this gateway; ask the owner of the run for a new one.`,
    { param: runTokenHeader },
  )
