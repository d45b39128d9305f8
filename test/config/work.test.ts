// Counts the work for a large configuration instead of measuring time. Work that grows with the square of
// teams or models would block a reload for seconds.

import { expect, test } from 'bun:test'
import { collect } from '../../src/control/config/problem.ts'
import { parseConfiguration } from '../../src/control/config/configuration.ts'
import type { Kinds } from '../../src/control/index.ts'
import { kinds } from '../../src/main/kinds.ts'
import { compileText, environment } from './compiling.ts'
import { largeConfiguration } from './large.ts'

/** The build, with a count of the calls to a provider kind. */
function counting() {
  const counts = { names: 0, catalog: 0 }
  const providers = (kinds.destinations.providers ?? []).map((kind) => ({
    ...kind,
    canonicalModel(...asked: Parameters<NonNullable<typeof kind.canonicalModel>>) {
      counts.names += 1
      return kind.canonicalModel?.(...asked) ?? asked[1]
    },
    inCatalog(...asked: Parameters<NonNullable<typeof kind.inCatalog>>) {
      counts.catalog += 1
      return kind.inCatalog?.(...asked)
    },
  }))
  const build: Kinds = { ...kinds, destinations: { providers } }
  return { counts, build }
}

test('a target that many models share is described once, and a pattern that many teams share is checked once', () => {
  const { counts, build } = counting()
  const { problems } = compileText(largeConfiguration({ teams: 500, models: 100 }), environment, {}, build)
  expect(problems).toEqual([])
  // 100 separate targets, each with a catalog lookup for the price warning, and one shared target
  expect(counts.catalog).toBeLessThanOrEqual(2 * 100 + 1)
  // two targets of each model, and "inside/*"
  expect(counts.names).toBe(2 * 100 + 1)
})

test('a check whether a name is defined is a lookup and not a search', () => {
  let listed = 0
  const teams = new Proxy(Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`t${index}`, {}])), {
    ownKeys(target) {
      listed += 1
      return Reflect.ownKeys(target)
    },
  })
  const checked = parseConfiguration(
    { version: 1, teams },
    collect(() => ({})),
    kinds,
  )
  const before = listed
  for (let index = 0; index < 50; index += 1) expect(checked.isDefined('teams', `t${index}`)).toBe(true)
  expect(checked.isDefined('teams', 'toString')).toBe(false)
  expect(listed).toBe(before)
})

test('a duplicate name is found in maps of any size, in one pass', () => {
  const names = Array.from({ length: 3_000 }, (_, index) => `  t${index}: {}`)
  const { problems } = compileText(`version: 1\nteams:\n${names.join('\n')}\n  t1500: {}\n`)
  expect(problems.map(({ line, message }) => [line, message])).toEqual([
    [3_003, 'this map has the same key twice'],
  ])
})
