// Decides again from the facts in a record, so that other rules can be tested on recorded traffic. Records do
// not contain texts, argument values and claims; results that depend on them are unknown.

import type { DecisionInput, Fact, ReplayedPolicy, ReplayFacts } from '../../../contract/decide.ts'
import type { ExchangeRecord } from '../../../contract/record.ts'
import { newRun } from '../../../contract/run.ts'
import { isMeantFor } from '../../../contract/scope.ts'
import type { Phase } from '../../../contract/snapshot.ts'
import { Fault, Unknown } from './cel/condition.ts'
import { factsBelow } from './cel/fields.ts'
import type { ReadyPolicy } from './decide.ts'

/** undefined if the record has too few facts (refused before the caller was known). */
export function recordedFacts(record: ExchangeRecord, phase: Phase): ReplayFacts | undefined {
  const {
    at,
    kind,
    direction = 'forward',
    dialect,
    isStream,
    requestBytes,
    resource,
    address,
    depth = 0,
    team,
    teamPath,
    facts,
  } = record
  if (team === undefined || teamPath === undefined) return undefined
  // a record that was cut to its size limit may be incomplete
  const isWhole = record.isTrimmed !== true
  const { key, person, workload, tags = {} } = record
  const toolsAreCut = facts?.toolCount !== undefined || facts?.tools?.some((name) => name.endsWith('…'))
  const run = facts?.run
  return {
    phase,
    at,
    subject: {
      team,
      teamPath,
      ...(isWhole && { tags }),
      ...(key !== undefined && { key }),
      ...(person !== undefined && { person }),
      ...(workload !== undefined && { workload }),
    },
    resource,
    ...(facts?.traits && { traits: facts.traits }),
    operation: {
      kind,
      direction,
      dialect,
      isStreaming: isStream,
      bytes: requestBytes,
      ...(facts && { maxOutputTokens: facts.maxOutputTokens ?? 0, media: mediaOf(facts.media) }),
      ...(facts && !toolsAreCut && { tools: facts.tools ?? [] }),
    },
    ...(address !== undefined && { address }),
    ...(run && {
      run: {
        ...newRun(run.startedAt ?? at),
        ...run,
        depth,
        costNano: BigInt(run.costNano ?? '0'),
        marks: run.marks ?? [],
      },
    }),
    ...(facts && isWhole && { hasClaims: facts.claims !== undefined }),
    // findings of earlier builds belong to one side only
    ...(isWhole && !record.findings?.unphased && { findings: record.findings?.[phase] ?? {} }),
  }
}

const kinds = ['image', 'audio', 'file', 'video'] as const
const mediaOf = (media: readonly string[] = []) => kinds.filter((kind) => media.includes(kind))

/**
 * The effect that each policy would have had on a recorded exchange, in order of strictness. Policies for
 * other traffic are omitted.
 */
export function replay(policies: readonly ReadyPolicy[], facts: ReplayFacts): readonly ReplayedPolicy[] {
  const input = replayedInput(facts)
  const unknown = unknownInReplay(facts)
  return policies
    .filter(({ rule }) =>
      isMeantFor(rule, {
        phase: facts.phase,
        kind: facts.resource.kind,
        direction: input.operation.direction,
      }),
    )
    .map(({ name, effect, condition }): ReplayedPolicy => {
      const holds = condition.holdsWithout(input, unknown)
      const outcome =
        holds instanceof Unknown
          ? 'unknown'
          : holds instanceof Fault
            ? 'fails'
            : holds
              ? 'applies'
              : 'does-not-apply'
      return { policy: name, effect, outcome }
    })
}

function unknownInReplay({
  subject,
  traits,
  operation,
  address,
  run,
  findings,
  hasClaims,
}: ReplayFacts): ReadonlySet<Fact> {
  const absent: readonly (readonly [unknown, readonly Fact[]])[] = [
    [subject.tags, ['subject.tags']],
    [traits, ['resource.traits']],
    [operation.direction, ['operation.direction']],
    [operation.dialect, ['operation.dialect']],
    [operation.isStreaming, ['operation.streaming']],
    [operation.bytes, ['operation.bytes']],
    [operation.maxOutputTokens, ['operation.maxOutputTokens']],
    [operation.tools, ['operation.tools']],
    [operation.media, ['operation.media']],
    [address, ['request.address']],
    [run, factsBelow('run')],
    [findings, ['content']],
    [hasClaims === false ? hasClaims : undefined, ['subject.claims']],
  ]
  return new Set<Fact>([
    'operation.arguments',
    ...absent.flatMap(([value, facts]) => (value === undefined ? facts : [])),
  ])
}

function replayedInput({
  phase,
  at,
  subject,
  resource,
  traits,
  operation,
  address,
  run,
  findings,
}: ReplayFacts): DecisionInput {
  const {
    kind,
    direction = 'forward',
    dialect = '',
    isStreaming = false,
    bytes = 0,
    maxOutputTokens,
    tools = [],
    media = [],
  } = operation
  return {
    phase,
    subject: { tags: {}, ...subject, claims: {} },
    operation: {
      kind,
      direction,
      dialect,
      isStreaming,
      bytes,
      resource,
      facts: { tools, media, ...(maxOutputTokens !== undefined && { maxOutputTokens }) },
    },
    traits: () => traits ?? [],
    run: run ?? newRun(at),
    findings: Object.entries(findings ?? {}).flatMap(([label, count]) =>
      Array.from({ length: count }, () => ({ guard: '', label, channel: '', start: 0, end: 0 })),
    ),
    address: address ?? '',
    at,
  }
}
