// Requests and signatures of AWS's published Signature Version 4 test suite.

import { expect, test } from 'bun:test'
import { createFakeClock } from '../../kit/fake-clock.ts'
import { awsSigv4 } from './aws-sigv4.ts'
import type { CredentialTools, Outgoing } from './credential.ts'

const secrets: Record<string, string> = {
  id: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}

const tools: CredentialTools = {
  clock: createFakeClock(Date.UTC(2015, 7, 30, 12, 36)),
  reveal: (secret) => (secret.kind === 'env' ? secrets[secret.name] : undefined),
  send: () => Promise.reject(new Error('signing needs no network')),
}

const dialsNobody = () => {
  throw new Error('signing dials nobody')
}

const credential = awsSigv4.prepare(
  {
    kind: 'aws-sigv4',
    secrets: { accessKeyId: { kind: 'env', name: 'id' }, secretAccessKey: { kind: 'env', name: 'secret' } },
    settings: { region: 'us-east-1', service: 'service' },
  },
  {
    provider: 'provider "aws"',
    originOf: dialsNobody,
    identityOriginOf: dialsNobody,
  },
  tools,
)

const host = 'example.amazonaws.com'
const form = { 'content-type': 'application/x-www-form-urlencoded' }

const suite: [name: string, request: Partial<Outgoing>, signedHeaders: string, signature: string][] = [
  ['get-vanilla', {}, 'host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    { path: '/?Param2=value2&Param1=value1' },
    'host;x-amz-date',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-header-key-duplicate',
    { headers: { host, 'my-header1': 'value2,value2,value1' } },
    'host;my-header1;x-amz-date',
    'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  ],
  [
    'get-header-value-multiline',
    { headers: { host, 'my-header1': 'value1,value2,value3' } },
    'host;my-header1;x-amz-date',
    'ba17b383a53190154eb5fa66a1b836cc297cc0a3d70a5d00705980573d8ff790',
  ],
  [
    'post-vanilla',
    { method: 'POST' },
    'host;x-amz-date',
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'post-x-www-form-urlencoded',
    { method: 'POST', headers: { host, ...form }, body: 'Param1=value1' },
    'content-type;host;x-amz-date',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
]

test.each(suite)('%s is signed as AWS publishes it', async (_name, request, signedHeaders, signature) => {
  const outgoing: Outgoing = {
    method: 'GET',
    path: '/',
    body: undefined,
    callerHeaders: undefined,
    subject: undefined,
    ...request,
    headers: { host, ...request.headers },
  }
  await credential.apply(outgoing)
  expect(outgoing.headers.authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  )
})

test('bytes and text of the same body have the same signature', async () => {
  const signed = async (body: string | Uint8Array) => {
    const outgoing: Outgoing = {
      method: 'POST',
      path: '/',
      body,
      callerHeaders: undefined,
      subject: undefined,
      headers: { host },
    }
    await credential.apply(outgoing)
    return outgoing.headers.authorization
  }
  expect(await signed('grüße')).toBe((await signed(new TextEncoder().encode('grüße'))) ?? '')
})
