// The entry module of policies: decisions, judgments with some facts unknown, checks of conditions at compile
// time, and policy tests.

export { compileCondition } from './cel/condition.ts'
export type { Condition, ConditionProblem } from './cel/condition.ts'
export { createDecider, hiddenLabels, preparePolicies, readsContent, strictness } from './decide.ts'
export type { Decider, ReadyPolicy } from './decide.ts'
export { PolicyJudge } from './judge.ts'
export type { JudgedCall, PolicyJudgment, PolicyReason } from './judge.ts'
export { recordedFacts, replay } from './replay.ts'
export { runPolicyTests } from './policy-tests.ts'
export type { Detect, PolicyTestFailure } from './policy-tests.ts'
