// The door of the policies: deciding, checking a condition at compile time, and policy tests.

export { condition } from './cel/condition.ts'
export type { Condition, ConditionProblem } from './cel/condition.ts'
export { decider, readsContent } from './decide.ts'
export type { Decider } from './decide.ts'
export { runPolicyTests } from './policy-tests.ts'
export type { Detect, PolicyTestFailure } from './policy-tests.ts'
