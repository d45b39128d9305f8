// `&&`, `||`, `!` and `?:`. The first two absorb an error on one side if the other side alone decides (CEL's
// language definition, "Logical Operators").

import type { Term } from './term.ts'
import { createStrictUnary } from './term.ts'
import { bool, mayBe, show } from './types.ts'
import type { Type } from './types.ts'
import { Fault, Unknown } from './values.ts'

const notBool = new Fault('a condition is neither true nor false')

/** @returns the term, or the operand that is not a bool */
export function compileLogical(
  operator: '_&&_' | '_||_',
  left: Term,
  right: Term,
): Term | { culprit: 'left' | 'right'; found: string } {
  for (const [culprit, side] of [['left', left] as const, ['right', right] as const]) {
    if (!mayBe(side.type, 'bool')) return { culprit, found: show(side.type) }
  }
  const deciding = operator === '_||_'
  const first = left.run
  const second = right.run
  if (isSure(left) && isSure(right)) {
    return deciding
      ? { type: bool, canFail: false, run: (input) => first(input) === true || second(input) === true }
      : { type: bool, canFail: false, run: (input) => first(input) === true && second(input) === true }
  }
  return {
    type: bool,
    canFail: true,
    run(input) {
      const a = first(input)
      if (a === deciding) return a
      const b = second(input)
      if (b === deciding) return b
      // the unknown side may still absorb the error of the other side
      if (b instanceof Unknown) return b
      if (a instanceof Fault) return a
      if (b instanceof Fault) return b
      return a === !deciding && b === !deciding ? a : notBool
    },
  }
}

const isSure = (term: Term): boolean => !term.canFail && term.type.kind === 'bool'

export const compileNot = (operand: Term): Term =>
  isSure(operand)
    ? {
        type: bool,
        canFail: false,
        run: (
          (run) => (input) =>
            run(input) !== true
        )(operand.run),
      }
    : createStrictUnary(bool, operand, (value) => (typeof value === 'boolean' ? !value : notBool), true)

/** Only the chosen branch is evaluated. */
export function compileTernary(type: Type, condition: Term, whenTrue: Term, whenFalse: Term): Term {
  const test = condition.run
  const yes = whenTrue.run
  const no = whenFalse.run
  return {
    type,
    canFail: condition.canFail || whenTrue.canFail || whenFalse.canFail || condition.type.kind === 'dyn',
    run(input) {
      const value = test(input)
      if (value === true) return yes(input)
      if (value === false) return no(input)
      return value instanceof Fault ? value : notBool
    },
  }
}
