// A mistake in the configuration, for people and editors: the place, the mistake, and the fix.

export interface Problem {
  severity: 'error' | 'warning'
  /** Absent if the mistake is not in a file (an environment variable, the data folder). */
  file?: string
  /** From 1. */
  line?: number
  column?: number
  /** `teams.research.deny.models[0]`; empty for the file as a whole. */
  path: string
  message: string
  fix: string
}

/** A place in the configuration: `['teams', 'research', 'deny', 'models', 0]`. */
export type Path = readonly (string | number)[]

/** Collects every mistake instead of stopping at the first. */
export interface Problems {
  readonly found: readonly Problem[]
  /**
   * @param at points to the value by default. `key` points to its name, `offset` to a character of a text on
   * one line.
   */
  add(
    path: Path,
    message: string,
    fix: string,
    how?: { severity?: Problem['severity']; at?: 'key' | 'value'; offset?: number },
  ): void
  /** `providers.github at gatehouse.yaml:5`, for a problem that names a second place. */
  placeOf(path: Path, at: 'key' | 'value'): string
}

export type Locate = (
  path: Path,
  at: 'key' | 'value',
) => {
  file?: string
  line?: number
  column?: number
  /** Column of the first character of a text on one line without escapes. */
  textColumn?: number
}

export function collect(locate: Locate): Problems {
  const found: Problem[] = []
  return {
    found,
    add(path, message, fix, { severity = 'error', at = 'value', offset = 0 } = {}) {
      const { file, line, column, textColumn } = locate(path, at)
      found.push({
        severity,
        path: show(path),
        message,
        fix,
        ...(file !== undefined && { file }),
        ...(line !== undefined && { line }),
        ...(column !== undefined && {
          column: offset > 0 && textColumn !== undefined ? textColumn + offset : column,
        }),
      })
    },
    placeOf(path, at) {
      const { file, line } = locate(path, at)
      return file === undefined
        ? show(path)
        : `${show(path)} at ${file}${line === undefined ? '' : `:${line}`}`
    },
  }
}

/** `teams.research.deny.models[0]` */
const show = (path: Path): string =>
  path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('')

/** For logs and terminals: `gatehouse.yaml:12:5 error …`. */
export const problemText = ({ severity, file, line, column, path, message, fix }: Problem): string => {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}:${column ?? 1}`} `
  return `${place}${severity}: ${path === '' ? '' : `${path}: `}${message}\n    ${fix}`
}
