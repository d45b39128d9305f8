// The kinds of credential, one file each.

import { GatewayError } from '../../contract/errors.ts'
import type { CredentialRule } from '../../contract/snapshot.ts'
import { awsSigv4 } from './aws-sigv4.ts'
import { bearer } from './bearer.ts'
import { caller } from './caller.ts'
import type { Credential, CredentialKind, CredentialParts, CredentialTools } from './credential.ts'
import { entraClientSecret } from './entra-client-secret.ts'
import { entraManagedIdentity } from './entra-managed-identity.ts'
import { entraWorkloadIdentity } from './entra-workload-identity.ts'
import { none } from './none.ts'
import { oauthClientCredentials } from './oauth-client-credentials.ts'

export type {
  Credential,
  CredentialKind,
  CredentialParts,
  CredentialTools,
  Outgoing,
  Reveal,
} from './credential.ts'

/** Names, schemas and secret fields. Main passes them to control, which compiles configuration with them. */
export const credentialKinds: readonly CredentialKind[] = [
  bearer,
  oauthClientCredentials,
  entraClientSecret,
  entraWorkloadIdentity,
  entraManagedIdentity,
  awsSigv4,
  caller,
  none,
]

/** @throws GatewayError `upstream-credential` for an unknown kind */
export function createCredential(
  rule: CredentialRule,
  parts: CredentialParts,
  tools: CredentialTools,
): Credential {
  const kind = credentialKinds.find((one) => one.kind === rule.kind)
  if (kind) return kind.prepare(rule, parts, tools)
  const known = credentialKinds.map((one) => one.kind).join(', ')
  throw new GatewayError(
    'upstream-credential',
    `${parts.provider} has a credential of the unknown kind "${rule.kind}"; known kinds: ${known}`,
  )
}
