// The entry module of authorize: which principals may use which resources, and why.

export { createAuthorizer } from './authorize.ts'
export type { Authorizer } from './authorize.ts'
export type { Explanation, Reason } from './explain.ts'
export type { ModelNames } from './resolve.ts'
