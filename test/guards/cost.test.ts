// No text makes the built-in guards expensive: with all of them on, a MB costs at most 60 ms of CPU on a
// quiet machine (bench/results/guards.md).

import { expect, test } from 'bun:test'
import { cpuPerMegabyte, guardsOf, hostileTexts } from './hostile.ts'

/** Three times the goal: the machine of a test does other things, and compiles while it runs. */
const mostMs = 180

const guards = guardsOf()
const texts = Object.entries(hostileTexts(250_000))

test.each(texts)('%s', (_name, text) => {
  const figures = Array.from({ length: 5 }, () => cpuPerMegabyte(guards, text))
  expect(Math.min(...figures)).toBeLessThan(mostMs)
})
