// Failures of commands, and the exit codes for scripts.

import type { Problem } from '../contract/admin-api.ts'

export const exitCodes = {
  ok: 0,
  /** Refused by the gateway, or a check found mistakes or problems. */
  refused: 1,
  usage: 2,
  unreachable: 3,
  notAuthorized: 4,
} as const

export type FailureKind = Exclude<keyof typeof exitCodes, 'ok'>

export const exitCodeHelp = `
Exit codes:
  0  done
  1  refused, or mistakes were found
  2  wrong usage
  3  the gateway cannot be reached
  4  not authorized: no admin key, or a wrong one`

/** @param message what is wrong and how to fix it; empty if it was already printed */
export class Failure extends Error {
  readonly kind: FailureKind
  readonly problem: Problem | undefined

  constructor(kind: FailureKind, message: string, problem?: Problem) {
    super(message)
    this.name = 'Failure'
    this.kind = kind
    this.problem = problem
  }
}
