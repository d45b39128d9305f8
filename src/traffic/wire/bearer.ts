// Where this dialect carries the key: `Authorization: Bearer <key>` (RFC 6750 §2.1).

export function bearerOf(request: Request): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]
}
