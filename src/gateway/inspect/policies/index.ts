// The door of the policies: deciding, judging with less than all facts, checking a condition at compile time,
// and policy tests.

export { compileCondition } from './cel/condition.ts'
export type { Condition, ConditionProblem } from './cel/condition.ts'
export { createDecider, hiddenLabels, preparePolicies, readsContent, strictness } from './decide.ts'
export type { Decider, ReadyPolicy } from './decide.ts'
export { PolicyJudge } from './judge.ts'
export type { JudgedCall, PolicyJudgment, PolicyReason } from './judge.ts'
export { recordedFacts, replay } from './replay.ts'
export { runPolicyTests } from './policy-tests.ts'
export type { Detect, PolicyTestFailure } from './policy-tests.ts'
