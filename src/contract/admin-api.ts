// Requests and responses of the admin API (`/admin/v1`): one set of schemas for the server, the command line
// and the console. Later versions may add fields to responses. Requests with unknown fields are refused.

export * from './admin-api/problem.ts'
export * from './admin-api/keys.ts'
export * from './admin-api/explain.ts'
export * from './admin-api/usage.ts'
export * from './admin-api/budgets.ts'
export * from './admin-api/records.ts'
export * from './admin-api/runs.ts'
export * from './admin-api/latency.ts'
export * from './admin-api/providers.ts'
export * from './admin-api/configuration.ts'
export * from './admin-api/signals.ts'
export * from './admin-api/approvals.ts'
