// Settings of a request for text generation: members with one value each. This file is the one definition of
// each of them. The types of the request (request.ts), the losses and the loops that decode and encode
// settings (fields/settings.ts) derive from it. A dialect adds one row per setting to its table.

import type { FieldDefinition } from './definition.ts'

/** The types of values by name. A list has the only values that a setting may have. */
export interface SettingTypes {
  number: number
  /** A whole number from 0 up. */
  count: number
  boolean: boolean
  text: string
  texts: readonly string[]
  'text-map': Readonly<Record<string, string>>
  'number-map': Readonly<Record<string, number>>
  budget: number | 'dynamic'
  logprobs: Readonly<{ top: number }>
}

export type SettingType = keyof SettingTypes | readonly string[]

export interface SettingDefinition extends FieldDefinition {
  /** Its place in the canonical request: `verbosity`, `sampling.topP`. */
  at: string
  type: SettingType
  /** Which value counts if a request sets it in two members. Default: the first in the order of the table. */
  merge?(one: number, other: number): number
  /** Does this value request anything? Default: yes. */
  isUsed?(value: unknown, request: { tools?: readonly unknown[] }): boolean
}

type Settings = Readonly<Record<string, SettingDefinition>>

export const toolSettings = {
  'parallel-tool-calls': {
    at: 'parallelToolCalls',
    type: 'boolean',
    whenMissing: 'lost',
    meaning: 'Whether several tools may be called in one response.',
    isUsed: (_value, { tools = [] }) => tools.length > 0,
  },
} as const satisfies Settings

export const samplingSettings = {
  temperature: {
    at: 'sampling.temperature',
    type: 'number',
    whenMissing: 'lost',
    meaning: 'Sampling temperature.',
  },
  'top-p': { at: 'sampling.topP', type: 'number', whenMissing: 'lost', meaning: 'Nucleus sampling.' },
  'top-k': {
    at: 'sampling.topK',
    type: 'number',
    whenMissing: 'lost',
    meaning: 'Sampling among the k likeliest tokens.',
  },
  'min-p': {
    at: 'sampling.minP',
    type: 'number',
    whenMissing: 'lost',
    meaning: 'Sampling above a share of the likeliest token.',
  },
  'frequency-penalty': {
    at: 'sampling.frequencyPenalty',
    type: 'number',
    whenMissing: 'lost',
    meaning: 'Penalty on repeated tokens.',
  },
  'presence-penalty': {
    at: 'sampling.presencePenalty',
    type: 'number',
    whenMissing: 'lost',
    meaning: 'Penalty on tokens that occurred.',
  },
  seed: { at: 'sampling.seed', type: 'number', whenMissing: 'lost', meaning: 'Seed of the sampling.' },
  // token ids of the vendor, each with a bias from -100 to 100
  'logit-bias': {
    at: 'sampling.logitBias',
    type: 'number-map',
    whenMissing: 'refused',
    meaning: 'Bias on single tokens.',
  },
} as const satisfies Settings

export const outputSettings = {
  // in tokens, including reasoning. A budget's cap is already applied
  'max-output': {
    at: 'maxOutputTokens',
    type: 'count',
    whenMissing: 'refused',
    meaning: 'Limit on the output.',
    merge: Math.min,
  },
  stop: {
    at: 'stop',
    type: 'texts',
    whenMissing: 'refused',
    meaning: 'Texts that end the response.',
    isUsed: (value) => Array.isArray(value) && value.length > 0,
  },
  'reasoning-effort': {
    at: 'reasoning.effort',
    type: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
    whenMissing: 'lost',
    meaning: 'How hard the model should think.',
  },
  // in tokens. 0 means no reasoning, `dynamic` means that the model decides
  'reasoning-budget': {
    at: 'reasoning.budgetTokens',
    type: 'budget',
    whenMissing: 'lost',
    meaning: 'How many tokens the model may think: given as an effort.',
  },
  // `none` means hidden, `auto` means the vendor's choice
  'reasoning-summary': {
    at: 'reasoning.summary',
    type: ['auto', 'concise', 'detailed', 'none'],
    whenMissing: 'lost',
    meaning: 'Whether and how reasoning is shown.',
  },
  verbosity: {
    at: 'verbosity',
    type: ['low', 'medium', 'high'],
    whenMissing: 'lost',
    meaning: 'How wordy the response should be.',
  },
  count: {
    at: 'count',
    type: 'count',
    whenMissing: 'refused',
    meaning: 'Several responses to one request.',
    isUsed: (value) => value !== 0 && value !== 1,
  },
  // `top` is the number of alternatives for each token. 0 means only the chosen token
  logprobs: {
    at: 'logprobs',
    type: 'logprobs',
    whenMissing: 'refused',
    meaning: 'Log-probabilities of the response’s tokens.',
  },
} as const satisfies Settings

export const accountSettings = {
  // `auto`, `default`, `flex`, `priority`, or a vendor's own word
  'service-tier': {
    at: 'serviceTier',
    type: 'text',
    whenMissing: 'lost',
    meaning: 'The tier that should serve the call.',
  },
  // an opaque id
  user: { at: 'user', type: 'text', whenMissing: 'lost', meaning: 'The caller’s end user.' },
  metadata: {
    at: 'metadata',
    type: 'text-map',
    whenMissing: 'lost',
    meaning: 'Labels that the vendor keeps with the call.',
  },
  'cache-key': {
    at: 'cacheKey',
    type: 'text',
    whenMissing: 'lost',
    meaning: 'Groups calls for the vendor’s cache.',
  },
} as const satisfies Settings

export const storeSettings = {
  store: {
    at: 'store',
    type: 'boolean',
    whenMissing: 'lost',
    meaning: 'Whether the vendor keeps the response.',
  },
} as const satisfies Settings

/** All settings by the name of their field. */
export const settings = {
  ...toolSettings,
  ...samplingSettings,
  ...outputSettings,
  ...accountSettings,
  ...storeSettings,
}

export type Setting = keyof typeof settings

type Definitions = typeof settings
type PlaceOf<Field extends Setting> = Definitions[Field]['at']
type ValueOf<Type> = Type extends readonly (infer Word)[]
  ? Word
  : Type extends keyof SettingTypes
    ? SettingTypes[Type]
    : never

/** The settings in a group of the request: `SettingsIn<'sampling'>` has `topP` of `sampling.topP`. */
export type SettingsIn<Group extends string> = {
  -readonly [Field in Setting as PlaceOf<Field> extends `${Group}.${infer Member}`
    ? Member
    : never]?: ValueOf<Definitions[Field]['type']>
}

/** The settings that are members of the request itself. */
export type TopSettings = {
  -readonly [Field in Setting as PlaceOf<Field> extends `${string}.${string}`
    ? never
    : PlaceOf<Field>]?: ValueOf<Definitions[Field]['type']>
}

/** The settings of one type: `'number'` has `top-p`. */
export type SettingOf<Type extends SettingType> = {
  [Field in Setting]: Definitions[Field]['type'] extends Type ? Field : never
}[Setting]
