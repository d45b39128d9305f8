// The most tokens that a model writes in one response, including its reasoning, if its vendor publishes the
// limit. It bounds calls without an output limit, and it is sent in dialects that need a limit if the client
// set none. If a limit is too low, the bounds are wrong. If it is too high, the vendor refuses it. If it is
// missing, the context window is used and bounds are larger. So only families whose members are all known are
// listed.
//
// Taken from the vendors' pages: Claude Haiku 4.5 and 5.5, Opus 4.6 and 5.5, Sonnet 4.6, Fable 5.1; Gemini
// 2.0 Flash. The rest is from public lists of models, except Claude Opus 5, Sonnet 5 and 5.5 and Fable 5,
// which are assumed to be like their siblings. A target that exceeds its limit is detected and barred.

import { matches } from './pattern.ts'

const limits: Readonly<Record<string, readonly { names: readonly string[]; tokens: number }[]>> = {
  // https://developers.openai.com/api/docs/models, each model's page below it
  openai: [
    { names: ['gpt-3.5-turbo', 'gpt-3.5-turbo-0125', 'gpt-3.5-turbo-1106'], tokens: 4096 },
    { names: ['gpt-4', 'gpt-4-0613'], tokens: 8192 },
    { names: ['gpt-4-turbo*'], tokens: 4096 },
    { names: ['gpt-4o-2024-05-13'], tokens: 4096 },
    { names: ['gpt-4o', 'gpt-4o-2024-*', 'gpt-4o-mini', 'gpt-4o-mini-2024-*'], tokens: 16_384 },
    { names: ['gpt-4.1', 'gpt-4.1-####-##-##', 'gpt-4.1-mini*', 'gpt-4.1-nano*'], tokens: 32_768 },
    {
      names: [
        'o1',
        'o1-2024-*',
        'o3',
        'o3-####-##-##',
        'o3-mini',
        'o3-mini-####-##-##',
        'o4-mini',
        'o4-mini-####-##-##',
      ],
      tokens: 100_000,
    },
    { names: ['o1-pro*', 'o3-pro*', 'o3-deep-research*', 'o4-mini-deep-research*'], tokens: 100_000 },
    { names: ['gpt-5-pro', 'gpt-5-pro-####-##-##'], tokens: 272_000 },
    { names: ['gpt-5-chat*', 'gpt-5.1-chat*', 'gpt-5.2-chat*', 'gpt-5.3-chat*'], tokens: 16_384 },
    { names: ['gpt-5', 'gpt-5-####-##-##', 'gpt-5-codex', 'gpt-5-mini*', 'gpt-5-nano*'], tokens: 128_000 },
    {
      names: [
        'gpt-5.1',
        'gpt-5.1-####-##-##',
        'gpt-5.1-codex*',
        'gpt-5.1-codex-max*',
        'gpt-5.1-codex-mini*',
        'gpt-5.1-mini',
      ],
      tokens: 128_000,
    },
    {
      names: ['gpt-5.2', 'gpt-5.2-####-##-##', 'gpt-5.2-codex', 'gpt-5.2-pro*', 'gpt-5.3-codex'],
      tokens: 128_000,
    },
    {
      names: ['gpt-5.4', 'gpt-5.4-####-##-##', 'gpt-5.4-mini*', 'gpt-5.4-nano*', 'gpt-5.4-pro*'],
      tokens: 128_000,
    },
    {
      names: [
        'gpt-5.5',
        'gpt-5.5-####-##-##',
        'gpt-5.5-pro*',
        'gpt-5.6',
        'gpt-5.6-sol',
        'gpt-5.6-sol-####-##-##',
      ],
      tokens: 128_000,
    },
    { names: ['gpt-6-sol', 'gpt-6-sol-####-##-##'], tokens: 128_000 },
  ],
  // https://platform.claude.com/docs/en/about-claude/models/overview, and since 4.5 a page for each model:
  // …/docs/en/models/haiku-5-5/overview
  anthropic: [
    { names: ['claude-3-haiku*', 'claude-3-sonnet*', 'claude-3-opus*'], tokens: 4096 },
    { names: ['claude-3-5-haiku*', 'claude-3-5-sonnet*'], tokens: 8192 },
    { names: ['claude-3-7-sonnet*'], tokens: 64_000 },
    {
      names: [
        'claude-opus-4',
        'claude-opus-4-0',
        'claude-opus-4-2025*',
        'claude-opus-4-1',
        'claude-opus-4-1-########',
      ],
      tokens: 32_000,
    },
    { names: ['claude-sonnet-4', 'claude-sonnet-4-0', 'claude-sonnet-4-2025*'], tokens: 64_000 },
    { names: ['claude-opus-4-5*', 'claude-sonnet-4-5*', 'claude-haiku-4-5*'], tokens: 64_000 },
    {
      names: ['claude-opus-4-6*', 'claude-opus-4-7*', 'claude-opus-4-8*', 'claude-sonnet-4-6*'],
      tokens: 128_000,
    },
    {
      names: ['claude-opus-5', 'claude-opus-5-5', 'claude-sonnet-5', 'claude-sonnet-5-5', 'claude-haiku-5-5'],
      tokens: 128_000,
    },
    { names: ['claude-fable-5', 'claude-fable-5-1'], tokens: 128_000 },
  ],
  // https://ai.google.dev/gemini-api/docs/models, "Output token limit" of each model's page
  google: [
    {
      names: [
        'gemini-2.0-flash',
        'gemini-2.0-flash-001',
        'gemini-2.0-flash-lite',
        'gemini-2.0-flash-lite-001',
      ],
      tokens: 8192,
    },
    { names: ['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'], tokens: 65_536 },
    {
      names: [
        'gemini-3-pro-preview',
        'gemini-3-flash-preview',
        'gemini-3.1-pro-preview',
        'gemini-3.1-pro-preview-customtools',
      ],
      tokens: 65_536,
    },
    { names: ['gemini-3.1-flash-lite', 'gemini-3.1-flash-lite-preview', 'gemini-3.5-flash'], tokens: 65_536 },
  ],
}

/** @param name in lower case */
export const outputLimitOf = (vendor: string, name: string): number | undefined =>
  limits[vendor]?.find(({ names }) => names.some((pattern) => matches(pattern, name)))?.tokens
