// A checked part of an expression with the closure that evaluates it. Checking and compiling happen in one
// pass, with one table for both.

import type { DecisionInput, Fact } from '../../../../contract/decide.ts'
import type { Expression } from './parse.ts'
import { Fault } from './values.ts'
import type { Binary } from './values.ts'
import type { Type } from './types.ts'

/** The input of a condition. */
export interface TermInput extends DecisionInput {
  /** Unknown facts. Only terms that were compiled for them (`Walk.isPartial`) read this. */
  unknown?: ReadonlySet<Fact>
}

export interface Term {
  type: Type
  run: (input: TermInput) => unknown
  /** Can it evaluate to a Fault? If not, its users skip the check. */
  canFail: boolean
  /** All values that it can have. Absent: any. */
  values?: readonly string[]
  /** Present when the value is known now. */
  constant?: unknown
}

/** The compilation pass for its parts. Scopes are per walk; `undefined` means that a problem was reported. */
export interface Walk {
  term(expression: Expression): Term | undefined
  problem(expression: { id: bigint }, message: string, fix: string): undefined
  /** Runs with a name bound to a variable of a macro. */
  within<T>(name: string, type: Type, inside: (variable: { value: unknown }) => T): T
  /** Records that findings are read: a label, or a prefix of labels. */
  readsLabel(expression: { id: bigint }, label: string): void
  /** Records that a declared field is read. */
  readsField(expression: { id: bigint }, path: Fact): void
  /** May fields be unknown? Then every term that reads one can fail. */
  readonly isPartial: boolean
  macroOf(expression: { id: bigint }): { name: string; arity: number } | undefined
  /** How many macros surround the place. */
  readonly depth: number
}

/** A strict operator: an operand's error is the result's. */
export function createStrict(
  type: Type,
  left: Term,
  right: Term,
  apply: Binary,
  applyCanFail: boolean,
): Term {
  const first = left.run
  const second = right.run
  const canFail = applyCanFail || left.canFail || right.canFail
  if (!left.canFail && !right.canFail) {
    if ('constant' in right) {
      const constant = right.constant
      return { type, canFail, run: (input) => apply(first(input), constant) }
    }
    return { type, canFail, run: (input) => apply(first(input), second(input)) }
  }
  return {
    type,
    canFail,
    run(input) {
      const a = first(input)
      if (a instanceof Fault) return a
      const b = second(input)
      return b instanceof Fault ? b : apply(a, b)
    },
  }
}

export function createStrictUnary(
  type: Type,
  operand: Term,
  apply: (value: unknown) => unknown,
  applyCanFail: boolean,
): Term {
  const inner = operand.run
  if (!operand.canFail) return { type, canFail: applyCanFail, run: (input) => apply(inner(input)) }
  return {
    type,
    canFail: true,
    run(input) {
      const value = inner(input)
      return value instanceof Fault ? value : apply(value)
    },
  }
}
