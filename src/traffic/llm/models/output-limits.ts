// Most tokens that a model writes in one answer, where its vendor says so (https://developers.openai.com/api/docs/models).
// Bounds of calls without an output limit stand on it: a limit that is too low breaks them, a missing one only makes them larger
// (the context window stands in). So: families whose every member is known, nothing by guess.

import { matches } from './pattern.ts'

const limits: Readonly<Record<string, readonly { names: readonly string[]; tokens: number }[]>> = {
  openai: [
    { names: ['gpt-3.5-turbo', 'gpt-3.5-turbo-0125', 'gpt-3.5-turbo-1106'], tokens: 4096 },
    { names: ['gpt-4', 'gpt-4-0613'], tokens: 8192 },
    { names: ['gpt-4-turbo*'], tokens: 4096 },
    { names: ['gpt-4o', 'gpt-4o-2024-*', 'gpt-4o-mini', 'gpt-4o-mini-2024-*'], tokens: 16_384 },
    { names: ['gpt-4.1', 'gpt-4.1-####-##-##', 'gpt-4.1-mini*', 'gpt-4.1-nano*'], tokens: 32_768 },
    { names: ['o1', 'o1-2024-*', 'o3', 'o3-####-##-##', 'o3-mini', 'o3-mini-####-##-##', 'o4-mini', 'o4-mini-####-##-##'], tokens: 100_000 },
    // the chat variants stop at 16,384; their family's limit bounds them too
    { names: ['gpt-5', 'gpt-5-####-##-##', 'gpt-5-chat*', 'gpt-5-codex', 'gpt-5-mini*', 'gpt-5-nano*'], tokens: 128_000 },
    { names: ['gpt-5.1*', 'gpt-5.2', 'gpt-5.2-####-##-##', 'gpt-5.2-chat*', 'gpt-5.4', 'gpt-5.4-####-##-##'], tokens: 128_000 },
  ],
}

/** @param name in lower case */
export const outputLimitOf = (vendor: string, name: string): number | undefined =>
  limits[vendor]?.find(({ names }) => names.some((pattern) => matches(pattern, name)))?.tokens
