// Compiles guards and policies, and checks that guards report the labels that policies read.

import { findNearest } from '../../kit/nearest.ts'
import { compileGlob } from '../../kit/glob.ts'
import type { PolicyTest } from '../../contract/decide.ts'
import type {
  DestinationRule,
  GuardRule,
  PolicyEffect,
  PolicyRule,
  RestorePlace,
  TargetRule,
  TrafficScope,
} from '../../contract/snapshot.ts'
import { checkValue } from '../config/issues.ts'
import type { Path } from '../config/problem.ts'
import type { PolicyConfig } from '../config/schema/rules.ts'
import { isRecord } from '../config/source.ts'
import type { Compilation } from './compilation.ts'
import { omitUndefined } from './defined.ts'
import { checkScope, ofModels, overlap, scopeOf } from './scope.ts'

export interface CompiledGuards {
  guards: GuardRule[]
  /** Every label that guards may report in this traffic. */
  labelsIn(scope: TrafficScope): readonly string[]
  /** Did every guard compile? If not, an unknown label may be one of a broken guard. */
  isComplete: boolean
}

export function compileGuards({ configuration, kinds, problems }: Compilation): CompiledGuards {
  const guards: GuardRule[] = []
  const reporting: { scope: TrafficScope; labels: readonly string[] }[] = []
  for (const [name, config] of configuration.guards) {
    const path: Path = ['guards', name]
    const kind = kinds.guards.find((candidate) => candidate.kind === config.kind)
    if (!kind) {
      const known = kinds.guards.map((candidate) => candidate.kind)
      const meant = findNearest(config.kind, known)
      problems.add(
        [...path, 'kind'],
        `there is no kind of guard "${config.kind}"`,
        meant ? `did you mean "${meant}"?` : `kinds: ${known.join(', ')}`,
      )
      continue
    }
    if (config.action === 'restore' && !config.on.includes('request'))
      problems.add(
        [...path, 'action'],
        'restore needs the request, which this guard does not read',
        'add "request" to "on", or use redact',
      )
    if (config.restoreIn && config.action !== 'restore')
      problems.add(
        [...path, 'restoreIn'],
        `restoreIn has no effect with action: ${config.action}`,
        'remove restoreIn, or use action: restore',
      )
    const options = checkValue(kind.options, config.options ?? {}, [...path, 'options'], problems)
    if (options === undefined) continue
    const scope = scopeOf(config)
    checkScope(scope, path, problems)
    reporting.push({ scope, labels: kind.labels(options) })
    const { action, onError, timeout, restoreIn } = config
    guards.push({
      name,
      kind: config.kind,
      ...scope,
      action,
      ...(restoreIn && { restoreIn }),
      onError,
      timeoutMs: timeout,
      options: isRecord(options) ? options : {},
    })
  }
  const labelsIn = (scope: TrafficScope) =>
    reporting.flatMap(({ scope: read, labels }) => (overlap(scope, read) ? labels : []))
  return { guards, labelsIn, isComplete: guards.length === configuration.names('guards').length }
}

interface World {
  destinations: Readonly<Record<string, DestinationRule>>
  targets: Readonly<Record<string, TargetRule>>
}

export function compilePolicies(
  compilation: Compilation,
  { labelsIn, isComplete }: CompiledGuards,
  world: World,
): { policies: PolicyRule[]; tests: PolicyTest[] } {
  const { configuration, kinds, problems } = compilation
  const policies: PolicyRule[] = []
  const tests: PolicyTest[] = []
  for (const [name, config] of configuration.policies) {
    const path: Path = ['policies', name]
    const { problems: faults, labels: asked, fields } = kinds.condition(config.when)
    for (const { offset, message, fix } of faults)
      problems.add([...path, 'when'], `${message} (character ${offset + 1} of the condition)`, fix, {
        offset,
      })
    const then = effectOf(config.then)
    const scope = scopeOf(config)
    checkScope(scope, path, problems)
    const argumentsAt = fields.find(({ path: field }) => field === 'operation.arguments')
    if (argumentsAt && overlap(scope, ofModels)) {
      problems.add(
        [...path, 'when'],
        'model calls have no arguments, so the condition fails for them',
        'add "for: [tools]"',
        {
          offset: argumentsAt.offset,
        },
      )
    }
    const reported = labelsIn(scope)
    const check = (label: string, at: Path, offset = 0) => {
      if (!isComplete || reported.some((known) => known === label || known.startsWith(`${label}/`))) return
      const all = [
        ...new Set(reported.flatMap((known) => [known, known.slice(0, Math.max(0, known.indexOf('/')))])),
      ].filter((known) => known !== '')
      const meant = findNearest(label, all)
      problems.add(
        at,
        `no guard that reads the ${config.on.join(' or the ')} reports "${label}"`,
        meant
          ? `did you mean "${meant}"?`
          : all.length > 0
            ? `labels: ${all.join(', ')}`
            : 'add a guard under "guards"',
        { offset },
      )
    }
    for (const { label, offset } of asked) check(label, [...path, 'when'], offset)
    if (then.kind === 'redact' || then.kind === 'restore')
      for (const [index, label] of then.labels.entries()) check(label, [...path, 'then', then.kind, index])
    if ('restoreIn' in config.then && config.then.restoreIn && then.kind !== 'restore')
      problems.add(
        [...path, 'then', 'restoreIn'],
        `restoreIn has no effect with ${then.kind}`,
        'remove restoreIn, or use restore',
      )
    if (then.kind === 'ask' && config.on.includes('response'))
      problems.add(
        [...path, 'on'],
        '"ask" works only on requests: when the response arrives, the call has already run',
        'use on: [request]',
      )
    if (then.kind === 'only') checkOnly(compilation, then, config, path, world)
    if (then.kind === 'restore' && !config.on.includes('request'))
      problems.add(
        [...path, 'on'],
        'restore needs the request, which this policy does not read',
        'add "request" to "on", or use redact',
      )
    policies.push({ name, ...scope, when: config.when, then })
    for (const [index, test] of (config.test ?? []).entries()) {
      tests.push({
        policy: name,
        index,
        ...omitUndefined({
          ...test,
          subject: test.subject && omitUndefined(test.subject),
          operation: test.operation && omitUndefined(test.operation),
          run: test.run && omitUndefined(test.run),
        }),
      })
      if (test.expect !== 'none' && test.expect !== then.kind) {
        problems.add(
          [...path, 'test', index, 'expect'],
          `the effect of this policy is "${then.kind}", so the test can never get "${test.expect}"`,
          `expect "${then.kind}" or "none"`,
        )
      }
    }
  }
  return { policies, tests }
}

function effectOf(then: PolicyConfig['then']): PolicyEffect {
  const written: {
    deny?: true | string | undefined
    ask?: true | string | undefined
    only?: { targets?: readonly string[] | undefined; traits?: readonly string[] | undefined } | undefined
    redact?: string[] | undefined
    restore?: string[] | undefined
    restoreIn?: RestorePlace[] | undefined
    flag?: true | undefined
  } = then
  if (written.deny !== undefined)
    return { kind: 'deny', ...(typeof written.deny === 'string' && { message: written.deny }) }
  if (written.ask !== undefined)
    return { kind: 'ask', ...(typeof written.ask === 'string' && { message: written.ask }) }
  if (written.only)
    return { kind: 'only', targets: written.only.targets ?? [], traits: written.only.traits ?? [] }
  if (written.redact) return { kind: 'redact', labels: written.redact }
  if (written.restore)
    return {
      kind: 'restore',
      labels: written.restore,
      ...(written.restoreIn && { restoreIn: written.restoreIn }),
    }
  return { kind: 'flag' }
}

function checkOnly(
  { problems }: Compilation,
  then: Extract<PolicyEffect, { kind: 'only' }>,
  config: PolicyConfig,
  path: Path,
  { destinations, targets }: World,
): void {
  if (config.on.includes('response'))
    problems.add(
      [...path, 'on'],
      '"only" works only on requests: when the response arrives, the target has already been chosen',
      'use on: [request]',
    )
  if (then.targets.length === 0 && then.traits.length === 0)
    problems.add(
      [...path, 'then', 'only'],
      '"only" has neither targets nor traits',
      'write only: [ provider/* ] or only: { traits: [ … ] }',
    )
  for (const [index, pattern] of then.targets.entries()) {
    const head = compileGlob(pattern.slice(0, pattern.indexOf('/')))
    if (Object.keys(destinations).some(head)) continue
    const meant = findNearest(pattern.slice(0, pattern.indexOf('/')), Object.keys(destinations))
    problems.add(
      [...path, 'then', 'only', index],
      `"${pattern}" matches no target`,
      meant
        ? `did you mean "${meant}${pattern.slice(pattern.indexOf('/'))}"?`
        : `destinations: ${Object.keys(destinations).join(', ') || 'none'}`,
    )
  }
  const bearers = [...Object.values(destinations), ...Object.values(targets)]
  if (
    then.traits.length > 0 &&
    !bearers.some(({ traits }) => then.traits.every((trait) => traits.includes(trait)))
  ) {
    const known = [...new Set(bearers.flatMap(({ traits }) => traits))]
    problems.add(
      [...path, 'then', 'only', 'traits'],
      `no destination or target has all of the traits ${then.traits.join(', ')}`,
      known.length > 0 ? `traits: ${known.join(', ')}` : 'give a destination or target "traits"',
    )
  }
}
