import { describe, expect, test } from 'bun:test'
import { keptResponses } from './kept.ts'

function world(bounds = { totalBytes: 1000, bytesPerOwner: 400, keepMs: 60_000 }) {
  let now = 1_790_000_000_000
  const kept = keptResponses({ clock: { now: () => now }, bounds })
  const put = (owner: string, id: string, bytes = 100) => kept.put({ owner, id, request: new Uint8Array(bytes), response: '' })
  const ids = (owner: string) => kept.of(owner).map(({ id }) => id)
  return { kept, put, ids, pass: (ms: number) => void (now += ms) }
}

describe('kept responses', () => {
  test('belong to the key that asked', () => {
    const { kept, put } = world()
    put('ann', 'a')
    expect(kept.get('ann', 'a')?.id).toBe('a')
    expect(kept.get('ben', 'a')).toBeUndefined()
    expect(kept.remove('ben', 'a')).toBe(false)
    expect(kept.remove('ann', 'a')).toBe(true)
    expect(kept.get('ann', 'a')).toBeUndefined()
  })

  test('are gone when their time is over, and their room with them', () => {
    const { kept, put, ids, pass } = world()
    put('ann', 'a', 400)
    pass(60_000)
    expect(kept.get('ann', 'a')).toBeUndefined()
    expect(ids('ann')).toEqual([])
    put('ann', 'b', 400)
    expect(ids('ann')).toEqual(['b'])
  })

  test('of a key that keeps more than its share, the oldest go, and nobody else’s', () => {
    const { put, ids } = world()
    put('ben', 'x')
    for (const id of ['a', 'b', 'c', 'd', 'e']) put('ann', id)
    expect(ids('ann')).toEqual(['e', 'd', 'c', 'b'])
    expect(ids('ben')).toEqual(['x'])
  })

  test('in all are bounded: the oldest go first', () => {
    const { put, ids } = world()
    for (const owner of ['ann', 'ben', 'cat']) for (const id of ['1', '2', '3', '4']) put(owner, id)
    expect([ids('ann'), ids('ben').length, ids('cat').length]).toEqual([['4', '3'], 4, 4])
  })

  test('larger than a share is not kept at all', () => {
    const { put, ids } = world()
    put('ann', 'a', 401)
    expect(ids('ann')).toEqual([])
  })
})
