// Converts limits of a key between their text (`600/min`, `200k/min`) and the rules of gateways. The notation
// is the same as in the configuration file.

import type { LimitsText } from '../../contract/admin-api.ts'
import type { LimitRule, Rate, RunLimitRule } from '../../contract/snapshot.ts'
import { ProblemError } from '../admin/problem.ts'
import { duration, rate } from '../config/values.ts'
import { asSentence } from './as-sentence.ts'

const units = [
  ['s', 1_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
] as const

export function limitRule(text: LimitsText): LimitRule {
  return {
    ...(text.requests === undefined ? {} : { requests: readRate('limits.requests', text.requests) }),
    ...(text.tokens === undefined ? {} : { tokens: readRate('limits.tokens', text.tokens) }),
    ...(text.concurrent === undefined ? {} : { concurrent: text.concurrent }),
    ...(text.run && { run: runRule(text.run) }),
  }
}

export function limitsText(rule: LimitRule): LimitsText {
  return {
    ...(rule.requests ? { requests: rateText(rule.requests) } : {}),
    ...(rule.tokens ? { tokens: rateText(rule.tokens) } : {}),
    ...(rule.concurrent === undefined ? {} : { concurrent: rule.concurrent }),
    ...(rule.run && { run: runText(rule.run) }),
  }
}

function runRule({ calls, depth, time }: NonNullable<LimitsText['run']>): RunLimitRule {
  return {
    ...(calls === undefined ? {} : { calls }),
    ...(depth === undefined ? {} : { depth }),
    ...(time === undefined ? {} : { timeMs: readDuration('limits.run.time', time) }),
  }
}

function runText({ calls, depth, timeMs }: RunLimitRule): NonNullable<LimitsText['run']> {
  return {
    ...(calls === undefined ? {} : { calls }),
    ...(depth === undefined ? {} : { depth }),
    ...(timeMs === undefined ? {} : { time: `${timeMs / 1000}s` }),
  }
}

function readDuration(field: string, text: string): number {
  const parsed = duration.safeParse(text)
  if (parsed.success) return parsed.data
  throw new ProblemError('bad-request', `${field}: ${asSentence(parsed.error)}`)
}

function readRate(field: string, text: string): Rate {
  const parsed = rate.safeParse(text)
  if (parsed.success) return parsed.data
  throw new ProblemError('bad-request', `${field}: ${asSentence(parsed.error)}`)
}

function rateText(rule: Rate): string {
  const unit = units.find(([, ms]) => ms === rule.perMs)
  return `${rule.amount}/${unit ? unit[0] : `${rule.perMs}ms`}`
}
