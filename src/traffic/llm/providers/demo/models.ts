// The demo models: their speed, and their failures in OpenAI's form
// (https://platform.openai.com/docs/guides/error-codes).

import type { Pace } from './paced.ts'

export interface DemoModel {
  pace: Pace
  isAgent: boolean
  /** The failures, call by call, in a cycle. Absent means none. */
  troubles?: readonly Trouble[]
}

export type Trouble = 'none' | 'rate-limit' | 'server-error' | 'cut' | 'overloaded'

export const demoModels: Readonly<Record<string, DemoModel>> = {
  /** Repeats the text of the user. */
  echo: { pace: { first: 120, perToken: 15 }, isAgent: false },
  /** The same, slowly enough to test time-outs and cancellation. */
  slow: { pace: { first: 5000, perToken: 400 }, isAgent: false },
  /** The same, with failures. */
  flaky: {
    pace: { first: 120, perToken: 15 },
    isAgent: false,
    troubles: ['none', 'rate-limit', 'none', 'server-error', 'cut', 'none', 'overloaded'],
  },
  /** Calls the tools that it is offered. */
  agent: { pace: { first: 250, perToken: 12 }, isAgent: true },
}

/** They return vectors instead of text. */
export const embedModels: Readonly<Record<string, Pick<DemoModel, 'pace'>>> = {
  embed: { pace: { first: 60, perToken: 0 } },
}

export const modelNames: readonly string[] = [...Object.keys(demoModels), ...Object.keys(embedModels)]

export interface Failure {
  status: number
  type: string
  code: string | null
  param: string | null
  message: string
  retryAfterSeconds?: number
}

export const failures: Readonly<Record<Exclude<Trouble, 'none' | 'cut'>, Failure>> = {
  'rate-limit': {
    status: 429,
    type: 'requests',
    code: 'rate_limit_exceeded',
    param: null,
    message: 'Rate limit reached for demo/flaky. Please try again in 1s.',
    retryAfterSeconds: 1,
  },
  'server-error': {
    status: 500,
    type: 'server_error',
    code: null,
    param: null,
    message: 'The server had an error while processing your request. Sorry about that!',
  },
  overloaded: {
    status: 503,
    type: 'server_error',
    code: null,
    param: null,
    message: 'The engine is currently overloaded, please try again later.',
  },
}

export const unknownModel = (model: string): Failure => ({
  status: 404,
  type: 'invalid_request_error',
  code: 'model_not_found',
  param: null,
  message: `The model \`${model}\` does not exist or you do not have access to it.`,
})

export const unknownPath = (path: string): Failure => ({
  status: 404,
  type: 'invalid_request_error',
  code: 'unknown_url',
  param: null,
  message: `Unknown request URL: POST ${path}.`,
})
