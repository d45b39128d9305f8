// Structured logs: one JSON object per line. Fields are names, ids, numbers and our own texts, never a
// secret, a header or content.

export type Level = 'debug' | 'info' | 'warn' | 'error'

export type Fields = Readonly<Record<string, string | number | boolean | undefined>>

export interface Log {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields, cause?: unknown): void
  error(message: string, fields?: Fields, cause?: unknown): void
}

const order: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** @param write receives one line, including its newline */
export function createJsonLog(write: (line: string) => void, now: () => number, least: Level = 'info'): Log {
  const at = (level: Level) => (message: string, fields?: Fields, cause?: unknown) => {
    if (order[level] < order[least]) return
    write(
      `${JSON.stringify({ at: new Date(now()).toISOString(), level, message, ...fields, ...describe(cause) })}\n`,
    )
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/**
 * The class of a cause and the place where it was thrown. The message is left out, because messages of
 * parsers and clients may quote content or a credential.
 */
function describe(cause: unknown): Fields {
  if (cause === undefined) return {}
  if (!(cause instanceof Error)) return { cause: typeof cause }
  const frames = cause.stack
    ?.split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' < ')
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  return {
    cause: cause.name,
    ...(code === undefined ? {} : { causeCode: code }),
    ...(frames ? { stack: frames } : {}),
  }
}
