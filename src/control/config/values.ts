// The small notations of the configuration: durations, rates, sizes, amounts, names. Each becomes a plain
// number, and the name of the setting in the rules has its unit.

import { z } from 'zod'
import { findNearest } from '../../kit/nearest.ts'
import { newNameFor } from './renamed.ts'

/** Joins what is wrong and the fix, because zod has one message for both. */
export const withFix = (message: string, fix: string): string => `${message}\n${fix}`

/** An object without unknown keys. For an unknown key, the message suggests the one that was probably meant. */
export function strictFields<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'invalid_type' && typeof issue.input === 'number') {
        return withFix(
          `the number ${issue.input} does not fit here`,
          `write a map; keys here: ${known.join(', ')}`,
        )
      }
      if (issue.code !== 'unrecognized_keys' || !Array.isArray(issue['keys'])) return undefined
      return issue['keys']
        .map((key: unknown) => `${String(key)}\t${fixForKey(String(key), known)}`)
        .join('\n')
    },
  })
}

export function fixForKey(key: string, known: readonly string[]): string {
  const renamed = newNameFor(key, known)
  if (renamed) return `write "${renamed}"; "${key}" was renamed`
  const meant = findNearest(key, known)
  return meant ? `did you mean "${meant}"?` : `keys here: ${known.join(', ')}`
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

export const duration = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|min|h|d)$/.exec(String(value)) ?? []
    if (value === 0 || value === '0') return 0
    const factor = unit === undefined ? undefined : unitMs[unit]
    if (amount !== undefined && factor !== undefined) return Math.round(Number(amount) * factor)
    context.addIssue({
      code: 'custom',
      message: withFix(
        `"${String(value)}" is not a duration`,
        'write a number and its unit: 500ms, 20s, 5min, 1h, 30d',
      ),
    })
    return z.NEVER
  })
  .meta({ description: 'A duration: `500ms`, `20s`, `5min`, `1h`, `30d`.', examples: ['20s'] })

const factors: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 }
const perMs: Readonly<Record<string, number>> = {
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
}

const fixForRate = 'write an amount per unit of time: 600/min, 200k/min, 10/s'
export const rate = z
  .string({
    error: ({ input }) =>
      input === undefined ? undefined : withFix(`${JSON.stringify(input)} is not a rate`, fixForRate),
  })
  .transform((text, context) => {
    const [, amount = '', factor = '', unit = ''] =
      /^(\d{1,9}(?:\.\d{1,6})?)([kKmM]?)\/([a-z]+)$/.exec(text.replaceAll(' ', '')) ?? []
    const whole = Math.round(Number(amount) * (factors[factor.toLowerCase()] ?? 1))
    const per = Object.hasOwn(perMs, unit) ? perMs[unit] : undefined
    if (per !== undefined && whole >= 1) return { amount: whole, perMs: per }
    context.addIssue({ code: 'custom', message: withFix(`"${text}" is not a rate`, fixForRate) })
    return z.NEVER
  })
  .meta({ description: 'A rate: `600/min`, `200k/min`, `10/s`.', examples: ['600/min'] })

const sizeFactors: Readonly<Record<string, number>> = { '': 1, B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }
export const size = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const [, amount, unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?) ?(B|KB|MB|GB)?$/.exec(String(value)) ?? []
    const bytes = Math.round(Number(amount) * (sizeFactors[unit] ?? Number.NaN))
    if (bytes >= 1) return bytes
    context.addIssue({
      code: 'custom',
      message: withFix(
        `"${String(value)}" is not a size`,
        'write bytes, or a number and its unit: 512KB, 32MB',
      ),
    })
    return z.NEVER
  })
  .meta({ description: 'A size in bytes, or `512KB`, `32MB`.', examples: ['32MB'] })

/** Whole numbers; `200k` and `2M` are accepted. */
export const count = z
  .union([z.number(), z.string()])
  .transform((value, context) => {
    const [, amount, factor = ''] = /^(\d{1,15}(?:\.\d{1,6})?)([kKmM]?)$/.exec(String(value)) ?? []
    const whole = Number(amount) * (factors[factor.toLowerCase()] ?? 1)
    if (Number.isSafeInteger(whole) && whole >= 1) return whole
    context.addIssue({
      code: 'custom',
      message: withFix(
        `"${String(value)}" is not a whole number of at least 1`,
        'write it like 20, 200k or 2M',
      ),
    })
    return z.NEVER
  })
  .meta({ description: 'A whole number of at least 1: `20`, `200k`, `2M`.' })

const name = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/
export const nameProblem = (text: string): string | undefined =>
  name.test(text)
    ? undefined
    : 'begin with a letter or digit and use only letters, digits, ".", "_", ":" and "-", at most 100 characters (a slash separates provider and model)'

/** Names of people are those of identity providers: `ann@example.com`. */
export const personProblem = (text: string): string | undefined =>
  /^[^\s#/]{1,256}$/.test(text) ? undefined : 'use no spaces, "#" or "/", and at most 256 characters'
