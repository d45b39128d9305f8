// A checked piece of an expression together with the closure that evaluates it: checking and compiling are
// one walk, and one table says both.

import type { DecisionInput, Fact } from '../../../../contract/decide.ts'
import type { Expression } from './parse.ts'
import { Fault } from './values.ts'
import type { Binary } from './values.ts'
import type { Type } from './types.ts'

/** What a condition is evaluated over. */
export interface TermInput extends DecisionInput {
  /** Facts that are not known. Looked at only by terms that were made for it (`Walk.isPartial`). */
  unknown?: ReadonlySet<Fact>
}

export interface Term {
  type: Type
  run: (input: TermInput) => unknown
  /** Can it evaluate to a Fault? Where not, its users leave the check out. */
  canFail: boolean
  /** All values that it can have. Absent: any. */
  values?: readonly string[]
  /** Present when the value is known now. */
  constant?: unknown
}

/** The walk as its parts see it. Scopes are per walk; `undefined` means that a problem was reported. */
export interface Walk {
  term(expression: Expression): Term | undefined
  problem(expression: { id: bigint }, message: string, fix: string): undefined
  /** Runs with a name bound to a variable of a macro. */
  within<T>(name: string, type: Type, inside: (variable: { value: unknown }) => T): T
  /** Notes that findings are read: a label, or a prefix of labels. */
  readsLabel(expression: { id: bigint }, label: string): void
  /** Notes that a declared field is read. */
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
