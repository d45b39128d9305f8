// Tests that no text makes the built-in guards slow. All guards together need at most 60 ms of CPU per MB on
// an idle machine (bench/results/guards.md).

import { expect, test } from 'bun:test'
import { cpuPerMegabyte, guardsOf, hostileTexts } from './hostile.ts'

/** Three times the goal, because a test machine also runs other work and compiles during the test. */
const mostMs = 180

const guards = guardsOf()
const texts = Object.entries(hostileTexts(250_000))

test.each(texts)('%s', (_name, text) => {
  const figures = Array.from({ length: 5 }, () => cpuPerMegabyte(guards, text))
  expect(Math.min(...figures)).toBeLessThan(mostMs)
})
