// The cases. A contender's CPU counts until it is idle again, because work after the response is part of its
// work.

import { type BodyName, bodies } from './bodies.ts'
import type { Contender, Start } from './contenders/start.ts'
import { type Load, client, paced } from './load.ts'
import type { Measured } from './measured.ts'
import { atRest, reading } from './processes.ts'
import { wrk } from './wrk.ts'

export interface Setting {
  contender: Contender
  /** Another one of its kind. */
  start: Start
  folder: string
  seconds: number
  isWarmUp: boolean
}

type Case = (setting: Setting) => Promise<Omit<Measured, 'case' | 'contender' | 'repetition'>>

export const cases: Readonly<Record<string, Case>> = {
  '1 KB': saturated('1 KB', 64),
  '100 KB': saturated('100 KB', 32),
  '1 MB prose': saturated('1 MB prose', 8),
  '1 MB dense JSON': saturated('1 MB dense JSON', 8),
  'fast stream': saturated('fast stream', 64),
  'slow streams': slowStreams,
  'paced 2000/s': pacedCalls,
  'open streams': openStreams,
}

/** As many calls as it takes: wrk keeps every connection busy. */
function saturated(body: BodyName, connections: number): Case {
  return async ({ contender, folder, seconds }) => {
    const before = reading(contender.pid)
    const request = {
      path: '/v1/chat/completions',
      headers: contender.headers,
      body: bodies(contender.modelPrefix)[body],
    }
    const { calls, failed } = await wrk(contender, request, connections, seconds, folder)
    const used = (await atRest(contender.pid)).cpuUs - before.cpuUs
    return { cpuUs: used / calls, callsPerSecond: Math.round(calls / seconds), failed }
  }
}

const slowCount = 500

/**
 * 500 streams at a time, begun over half a second, as often as the time allows; CPU per event that reached
 * the client.
 */
async function slowStreams({ contender, seconds, isWarmUp }: Setting): ReturnType<Case> {
  const load = client(loadOf(contender, 'slow streams'))
  await load.warm(slowCount)
  const before = reading(contender.pid)
  const streams: ReturnType<typeof load.call>[] = []
  const one = async (index: number) => {
    await Bun.sleep(index)
    for (let round = 0; round < (isWarmUp ? 1 : Math.max(1, Math.round(seconds / 2))); round += 1) {
      const stream = load.call()
      streams.push(stream)
      await stream
    }
  }
  await Promise.all(Array.from({ length: slowCount }, (_, index) => one(index)))
  const used = (await atRest(contender.pid)).cpuUs - before.cpuUs
  load.close()
  const ended = await Promise.all(streams)
  const events = ended.reduce((sum, stream) => sum + stream.events, 0)
  return { cpuUs: used / Math.max(1, events), failed: ended.filter((stream) => !stream.isGood).length }
}

/**
 * 2,000 calls a second whatever the contender does: latency as a caller sees it, and CPU where nothing can be
 * batched.
 */
async function pacedCalls({ contender, seconds }: Setting): ReturnType<Case> {
  const before = reading(contender.pid)
  const result = await paced(loadOf(contender, '1 KB'), 2000, seconds)
  const used = (await atRest(contender.pid)).cpuUs - before.cpuUs
  return { cpuUs: used / result.calls, p50Ms: result.p50Ms, p99Ms: result.p99Ms, failed: result.failed }
}

const openCount = 1000

/** Memory of a fresh process with 1,000 streams that have begun and stay open. */
async function openStreams({ start, isWarmUp }: Setting): ReturnType<Case> {
  if (isWarmUp) return {}
  const contender = await start()
  try {
    const { rssMb: idleRssMb } = await atRest(contender.pid)
    const load = client(loadOf(contender, 'open streams'))
    for (let opened = 0; opened < openCount; opened += 50) {
      for (let index = 0; index < 50; index += 1) void load.call()
      await Bun.sleep(40)
    }
    const { rssMb } = await atRest(contender.pid)
    const failed = openCount - load.started()
    load.abortAll()
    return { idleRssMb, rssMb, failed }
  } finally {
    await contender.stop()
  }
}

const loadOf = (contender: Contender, body: BodyName): Load => ({
  port: contender.port,
  body: bodies(contender.modelPrefix)[body],
  headers: contender.headers,
})
