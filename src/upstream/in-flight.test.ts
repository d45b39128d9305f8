import { expect, test } from 'bun:test'
import { inFlightCheck } from './in-flight.ts'

test('without the variable Bun carries 256 calls, and more than that is a problem with its cure', () => {
  expect(inFlightCheck(undefined, 256)).toEqual({ limit: 256 })
  expect(inFlightCheck(undefined, 4096).problem).toContain('BUN_CONFIG_MAX_HTTP_REQUESTS=4096')
})

test('the variable counts when Bun takes it', () => {
  expect(inFlightCheck('4096', 4096)).toEqual({ limit: 4096 })
  expect(inFlightCheck('100', 256).limit).toBe(100)
})

test('a number that Bun ignores leaves its default', () => {
  for (const ignored of ['0', '-1', '65536', '100000', 'many', '', '1.5']) expect(inFlightCheck(ignored, 1000).limit).toBe(256)
})
