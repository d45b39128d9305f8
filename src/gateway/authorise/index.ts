// The door of authorise: who may use what, and why.

export { authoriser } from './authorise.ts'
export type { Authoriser } from './authorise.ts'
export type { Explanation, Reason } from './explain.ts'
export type { BareName } from './resolve.ts'
