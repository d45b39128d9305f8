import { expect, test } from 'bun:test'
import { z } from 'zod'
import { credentialKinds } from './index.ts'

test('every kind describes every field, and its secrets are fields of text', () => {
  for (const { kind, schema, secrets } of credentialKinds) {
    const { properties = {} } = z.toJSONSchema(schema)
    for (const [field, what] of Object.entries(properties)) {
      expect([kind, field, typeof what === 'object' ? what.description : undefined]).toEqual([
        kind,
        field,
        expect.any(String),
      ])
    }
    for (const secret of secrets) expect(properties[secret]).toMatchObject({ type: 'string' })
  }
})

const good: Record<string, object> = {
  bearer: { key: 'k', header: 'api-key' },
  'oauth-client-credentials': {
    tokenUrl: 'https://login.example/token',
    clientId: 'c',
    clientSecret: 's',
    authentication: 'post',
  },
  'entra-client-secret': {
    tenantId: 'contoso.example',
    clientId: 'c',
    clientSecret: 's',
    scope: 'https://ai.azure.com/.default',
  },
  'entra-workload-identity': {
    tenantId: '00000000-1111',
    clientId: 'c',
    federatedToken: 't',
    authority: 'https://login.microsoftonline.us',
  },
  'entra-managed-identity': { clientId: 'c', resource: 'https://ai.azure.com' },
  'aws-sigv4': { accessKeyId: 'a', secretAccessKey: 's', region: 'eu-central-1' },
  caller: { from: 'x-my-openai-key' },
  none: {},
}

test.each(credentialKinds.map((one) => [one.kind, one.schema] as const))(
  'the schema of %s takes what it describes and nothing else',
  (kind, schema) => {
    expect(schema.safeParse({ kind, ...good[kind] }).success).toBe(true)
    expect(schema.safeParse({ kind, ...good[kind], tokenurl: 'typo' }).success).toBe(false)
    expect(schema.safeParse({ ...good[kind], kind: 'other' }).success).toBe(false)
  },
)

test('a caller’s key cannot be read from a header of Gatehouse keys', () => {
  const caller = credentialKinds.find((one) => one.kind === 'caller')
  for (const from of ['Authorization', 'x-api-key', 'cookie', 'a b'])
    expect(caller?.schema.safeParse({ kind: 'caller', from }).success).toBe(false)
})

test('a tenant is an id or a domain, and leads to no other path', () => {
  for (const kind of ['entra-client-secret', 'entra-workload-identity']) {
    const schema = credentialKinds.find((one) => one.kind === kind)?.schema
    for (const tenantId of ['', '../common', 'a/b', 'a?b', 'a b'])
      expect(schema?.safeParse({ kind, ...good[kind], tenantId }).success).toBe(false)
  }
})
