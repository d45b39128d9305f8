// AWS Signature Version 4: signs the request, so that the secret is not sent.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html

import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { z } from 'zod'
import { type CredentialKind, headerSecret, type Outgoing, requiredSecret } from './credential.ts'

export const awsSigv4: CredentialKind = {
  kind: 'aws-sigv4',
  schema: z.strictObject({
    kind: z
      .literal('aws-sigv4')
      .describe('Requests are signed with an AWS access key (Signature Version 4).'),
    accessKeyId: z.string().describe('The access key id: `${AWS_ACCESS_KEY_ID}`.'),
    secretAccessKey: z.string().describe('The secret access key: `${AWS_SECRET_ACCESS_KEY}`.'),
    sessionToken: z
      .string()
      .optional()
      .describe('The session token of temporary credentials: `${AWS_SESSION_TOKEN:-}`.'),
    region: z.string().min(1).describe('The region of the service: `eu-central-1`.'),
    service: z.string().min(1).optional().describe('The signing name of the service. Default: `bedrock`.'),
  }),
  secrets: ['accessKeyId', 'secretAccessKey', 'sessionToken'],
  prepare(rule, { provider }, { clock, reveal }) {
    const shown = (field: string) => headerSecret(rule, field, provider, reveal)
    // Loaded at the first signature, because most gateways never sign, and the package takes megabytes.
    const makeSigner = async () => {
      const { SignatureV4 } = await import('@smithy/signature-v4')
      return new SignatureV4({
        region: rule.settings.region ?? '',
        service: rule.settings.service ?? 'bedrock',
        sha256: Sha256,
        // AWS takes the body's hash from the signature. Only S3 and Glacier also require it in a header.
        applyChecksum: false,
        credentials: async () => ({
          accessKeyId: shown('accessKeyId'),
          secretAccessKey: requiredSecret(rule, 'secretAccessKey', provider, reveal),
          ...(rule.secrets.sessionToken && reveal(rule.secrets.sessionToken)
            ? { sessionToken: shown('sessionToken') }
            : {}),
        }),
      })
    }
    let signer: ReturnType<typeof makeSigner> | undefined
    return {
      async apply(outgoing) {
        signer ??= makeSigner()
        const signed = await (await signer).sign(signable(outgoing), {
          signingDate: new Date(clock.now()),
          unsignableHeaders: unsigned,
        })
        for (const name of added)
          if (signed.headers[name] !== undefined) outgoing.headers[name] = signed.headers[name]
      },
    }
  },
}

/** Proxies on the way may change these. */
const unsigned = new Set(['accept', 'accept-encoding', 'content-length'])

const added: readonly string[] = ['authorization', 'x-amz-date', 'x-amz-security-token']

function signable(outgoing: Outgoing) {
  const [path = '/', query = ''] = split(outgoing.path, '?')
  return {
    protocol: 'https:',
    hostname: outgoing.headers.host ?? '',
    method: outgoing.method,
    path,
    query: queryOf(query),
    headers: { ...outgoing.headers },
    ...(outgoing.body === undefined ? {} : { body: outgoing.body }),
  }
}

/** Decoded names and values. AWS treats `+` as a plus sign, so `URLSearchParams` would decode it wrongly. */
function queryOf(text: string): Record<string, string[]> {
  const query: Record<string, string[]> = {}
  for (const pair of text === '' ? [] : text.split('&')) {
    const [name = '', value = ''] = split(pair, '=').map(decodeURIComponent)
    query[name] = [...(query[name] ?? []), value]
  }
  return query
}

function split(text: string, mark: string): string[] {
  const at = text.indexOf(mark)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

type Bytes = string | ArrayBuffer | ArrayBufferView

/** The hash that the signer needs, with or without a key. */
class Sha256 {
  private readonly hash: Hash | Hmac

  constructor(key?: Bytes) {
    this.hash = key === undefined ? createHash('sha256') : createHmac('sha256', binary(key))
  }

  update(bytes: Bytes) {
    this.hash.update(binary(bytes))
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest())
  }

  reset() {}
}

function binary(data: Bytes): string | Uint8Array {
  if (typeof data === 'string') return data
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
