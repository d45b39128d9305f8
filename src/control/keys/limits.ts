// Limits of a key, between their text (`600/min`, `200k/min`) and the rules that gateways run on.

import type { LimitsText } from '../../contract/admin-api.ts'
import type { LimitRule, Rate } from '../../contract/snapshot.ts'
import { dayMs } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'

const written = /^(\d{1,9}(?:\.\d{1,6})?)([kKmM]?)\/(s|sec|second|m|min|minute|h|hour|d|day)$/
const factors: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 }
const perMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: dayMs }
const units = [
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', dayMs],
] as const

export function limitRule(text: LimitsText): LimitRule {
  return {
    ...(text.requests === undefined ? {} : { requests: rate('limits.requests', text.requests) }),
    ...(text.tokens === undefined ? {} : { tokens: rate('limits.tokens', text.tokens) }),
    ...(text.concurrent === undefined ? {} : { concurrent: text.concurrent }),
  }
}

export function limitsText(rule: LimitRule): LimitsText {
  return {
    ...(rule.requests ? { requests: rateText(rule.requests) } : {}),
    ...(rule.tokens ? { tokens: rateText(rule.tokens) } : {}),
    ...(rule.concurrent === undefined ? {} : { concurrent: rule.concurrent }),
  }
}

function rate(field: string, text: string): Rate {
  const [, amount = '', factor = '', unit = ''] = written.exec(text.replaceAll(' ', '')) ?? []
  const whole = Math.round(Number(amount) * (factors[factor.toLowerCase()] ?? 1))
  const per = perMs[unit.charAt(0)]
  if (per === undefined || whole < 1) {
    throw new ProblemError('bad-request', `${field} "${text}" is not a rate of at least 1; write it like 600/min or 200k/min (units s, min, h, d).`)
  }
  return { amount: whole, perMs: per }
}

function rateText(rule: Rate): string {
  const unit = units.find(([, ms]) => ms === rule.perMs)
  return `${rule.amount}/${unit ? unit[0] : `${rule.perMs}ms`}`
}
