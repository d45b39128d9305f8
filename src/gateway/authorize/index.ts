// The door of authorize: who may use what, and why.

export { createAuthorizer } from './authorize.ts'
export type { Authorizer } from './authorize.ts'
export type { Explanation, Reason } from './explain.ts'
export type { ModelNames } from './resolve.ts'
