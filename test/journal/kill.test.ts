import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { bucket, folder } from './kit.ts'
import { bodiesOf } from '../storage/record-kit.ts'

const rounds = 6
const seed = Number(process.env.GATEHOUSE_KILL_SEED ?? 20261123)

/** mulberry32 */
function chanceFrom(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const victim = (path: string, ...more: string[]) =>
  Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, 'victim.ts'),
      path,
      join(import.meta.dir, '../../src/storage/sqlite/index.ts'),
      ...more,
    ],
    {
      stdout: 'pipe',
      stderr: 'inherit',
    },
  )

/** Reads lines until `count` promises are found, kills the process, and reads the rest of the pipe. */
async function runAndKill(path: string, count: number): Promise<string[]> {
  const child = victim(path)
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true })
    if (text.split('\nP ').length > count) child.kill('SIGKILL')
  }
  await child.exited
  return text.split('\n').slice(0, -1)
}

test(`kill -9 at any instant loses no record that was promised, books each once, and charges what was open at its bound (seed ${seed})`, async () => {
  const data = folder()
  const chance = chanceFrom(seed)
  const promised = new Set<string>()
  const opened = new Set<string>()
  try {
    for (let round = 0; round < rounds; round += 1) {
      const lines = await runAndKill(data.path, Math.floor(chance() ** 3 * 1_500))
      expect(lines.filter((line) => line.startsWith('E ') && !line.startsWith('E recovered'))).toEqual([])
      for (const line of lines) {
        if (line.startsWith('P ')) promised.add(line.slice(2))
        if (line.startsWith('O ')) opened.add(line.slice(2))
      }
    }
    const last = victim(data.path, 'last')
    expect((await new Response(last.stdout).text()).trimEnd().endsWith('DONE')).toBe(true)

    const database = new Database(join(data.path, 'gatehouse.db'), { readonly: true, safeIntegers: true })
    const records = bodiesOf(database).map((body): ExchangeRecord => JSON.parse(body))
    const byId = new Map(records.map((record) => [record.id, record]))
    expect(byId.size).toBe(records.length)
    expect(promised.size).toBeGreaterThan(50)
    expect([...promised].filter((id) => byId.get(id)?.outcome !== 'ok')).toEqual([])
    // an opened exchange has a record: its own, or the one that recovery wrote with the maximum cost
    expect([...opened].filter((id) => !byId.has(id))).toEqual([])
    const cut = records.filter((record) => record.outcome === 'cut')
    expect(cut.length).toBeGreaterThan(0)
    expect(
      cut.every(
        (record) =>
          record.code === 'crashed' && record.costNano === '1000' && record.charges?.[0]?.amount === '1000',
      ),
    ).toBe(true)
    expect(cut.some((record) => promised.has(record.id))).toBe(false)

    // Σ records = Σ spent, and the other holds of the dead epochs are free again
    const charged = records.reduce((sum, record) => sum + BigInt(record.charges?.[0]?.amount ?? 0), 0n)
    const holds = database
      .query<{ granted: bigint; returned: bigint; spent: bigint; state: string }, [string]>(
        'SELECT granted, returned, spent, state FROM hold WHERE budget = ?',
      )
      .all(bucket)
    expect(holds.reduce((sum, hold) => sum + hold.spent, 0n)).toBe(charged)
    expect(
      holds.every((hold) => hold.state === 'closed' && hold.granted === hold.returned + hold.spent),
    ).toBe(true)
    const usage = database
      .query<{ exchanges: bigint; cost: bigint }, []>(
        'SELECT SUM(exchanges) AS exchanges, SUM(cost_nano) AS cost FROM day_kind',
      )
      .get()
    expect(usage).toEqual({
      exchanges: BigInt(records.length),
      cost: records.reduce((sum, record) => sum + BigInt(record.costNano ?? 0), 0n),
    })
    database.close()
  } finally {
    data.remove()
  }
}, 60_000)
