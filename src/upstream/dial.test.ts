import { expect, test } from 'bun:test'
import { GatewayError } from '../contract/errors.ts'
import type { Subject } from '../contract/subject.ts'
import type { UpstreamRequest } from '../contract/upstream.ts'
import type { Outgoing } from './credentials/index.ts'
import { createDial } from './dial.ts'
import type { Line } from './sending.ts'
import type { Origin } from './origin.ts'

test('a credential receives the caller of the request', async () => {
  const subject: Subject = {
    key: 'ci',
    person: 'ann@example.com',
    team: 'research',
    teamPath: ['research'],
    tags: {},
    claims: {},
  }
  const seen: Outgoing[] = []
  const dial = createDial({
    line: {} as Line,
    origin: () => ({ name: 'provider "p"', host: 'p.example', path: '/v1' }) as Origin,
    credential: () => ({
      apply(outgoing) {
        seen.push(outgoing)
        throw new GatewayError('upstream-credential', 'This person has none here.')
      },
    }),
  })
  const provider = {
    name: 'p',
    baseUrl: 'https://p.example/v1',
    headers: {},
    credential: { kind: 'each', secrets: {}, settings: {} },
  }
  const request = {
    provider,
    method: 'POST',
    path: '/chat',
    headers: [],
    subject,
    timeouts: {},
    signal: new AbortController().signal,
  }
  expect(await dial(request as unknown as UpstreamRequest).catch((thrown: unknown) => thrown)).toMatchObject({
    code: 'upstream-credential',
  })
  expect(seen.map((outgoing) => outgoing.subject)).toEqual([subject])
})
