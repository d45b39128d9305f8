import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../contract/errors.ts'
import { type FakeClock, createFakeClock } from '../kit/fake-clock.ts'
import { Pools } from './http/pool.ts'
import { type Origin, createOrigin, type OriginRule, type Resolve } from './origin.ts'

function setUp(rule: Partial<OriginRule>, addresses: readonly string[]) {
  const clock: FakeClock = createFakeClock()
  const names = { addresses, isDown: false, asked: 0 }
  const resolve: Resolve = async () => {
    names.asked += 1
    if (names.isDown) throw new Error('EAI_AGAIN')
    return names.addresses
  }
  const full: OriginRule = {
    name: 'provider "x"',
    url: 'https://llm.example.com/v1/',
    allowsPrivateAddress: false,
    ...rule,
  }
  const pools = new Pools({ clock, authorities: undefined })
  return { clock, names, made: () => createOrigin(full, { clock, resolve, pools, environment: {} }) }
}

const refusal = async (place: Origin) =>
  Promise.resolve(place.route()).then(
    () => 'it was not refused',
    (error: unknown) => String(error),
  )

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('an origin that may not reach private addresses', () => {
  test('is dialed at the addresses that were checked, under its own name', async () => {
    const { made } = setUp({ url: 'https://llm.example.com:8443/v1/' }, [
      '93.184.216.34',
      '2606:2800:220:1::1',
    ])
    const place = made()
    expect((await place.route()).addresses).toEqual(['93.184.216.34', '2606:2800:220:1::1'])
    expect([place.host, place.path]).toEqual(['llm.example.com:8443', '/v1'])
  })

  test('is refused if any of its addresses is private', async () => {
    const { made } = setUp({}, ['93.184.216.34', '10.0.0.7'])
    const error = await Promise.resolve(made().route()).catch((thrown: unknown) => thrown)
    if (!(error instanceof GatewayError)) throw new Error('it was not refused')
    expect(error.code).toBe('upstream-unreachable')
    expect(error.message).not.toContain('10.0.0.7')
  })

  test('is refused at the next check if its name then resolves to a private address', async () => {
    const { clock, names, made } = setUp({}, ['93.184.216.34'])
    const place = made()
    await place.route()
    names.addresses = ['127.0.0.1']
    clock.advance(29_999)
    expect((await place.route()).addresses).toEqual(['93.184.216.34'])
    clock.advance(1)
    expect((await place.route()).addresses).toEqual(['93.184.216.34'])
    await settled()
    expect(await refusal(place)).toContain('a loopback address')
  })

  test('asks the resolver once for many calls, and off the hot path', async () => {
    const { clock, names, made } = setUp({}, ['93.184.216.34'])
    const place = made()
    await Promise.all(Array.from({ length: 50 }, async () => place.route()))
    expect(names.asked).toBe(1)
    clock.advance(30_000)
    expect(place.route()).not.toBeInstanceOf(Promise)
    expect(place.route()).not.toBeInstanceOf(Promise)
    await settled()
    expect(names.asked).toBe(2)
  })

  test('keeps its last address while the name server is unavailable', async () => {
    const { clock, names, made } = setUp({}, ['93.184.216.34'])
    const place = made()
    await place.route()
    names.isDown = true
    for (let round = 0; round < 3; round += 1) {
      clock.advance(30_000)
      expect((await place.route()).addresses).toEqual(['93.184.216.34'])
      await settled()
    }
    expect(names.asked).toBe(4)
  })

  test('is unreachable while its name does not resolve, and tries again on the next call', async () => {
    const { names, made } = setUp({}, ['93.184.216.34'])
    const place = made()
    names.isDown = true
    expect(await refusal(place)).toContain('its name does not resolve')
    names.isDown = false
    expect((await place.route()).addresses).toHaveLength(1)
  })

  test('may not be a literal private address', () => {
    for (const url of ['http://127.0.0.1:1/', 'http://[::1]/', 'http://2130706433/'])
      expect(setUp({ url }, []).made).toThrow('must not be called')
  })
})

describe('an origin of the operator', () => {
  test('may be private, and is dialed by its name', async () => {
    const { made } = setUp({ url: 'http://llm.internal:8000/v1', allowsPrivateAddress: true }, ['10.0.0.7'])
    expect((await made().route()).addresses).toEqual(['llm.internal'])
  })

  test('may not be metadata by any name', async () => {
    const { made } = setUp({ url: 'http://innocent.internal/', allowsPrivateAddress: true }, [
      '169.254.169.254',
    ])
    expect(await refusal(made())).toContain('metadata')
    expect(setUp({ url: 'http://169.254.169.254/', allowsPrivateAddress: true }, []).made).toThrow('metadata')
  })

  test('may have a name that only a proxy resolves', async () => {
    const { names, made } = setUp({ allowsPrivateAddress: true }, [])
    names.isDown = true
    expect((await made().route()).addresses).toEqual(['llm.example.com'])
  })
})
