// `${NAME}` and `${NAME:-default}` in the configuration. An unset name is an error; `${NAME:-}` means absent;
// `$${` writes a plain `${`. For secrets the reference itself is kept: the value is read when it is needed, and
// never gets into the snapshot.

import { isMap, isScalar, visit } from 'yaml'
import type { Document, Node, Scalar } from 'yaml'

export type Environment = Readonly<Record<string, string | undefined>>

const reference = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}|\$\{/g
export const wholeReference = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}$/

export function substitute(
  environment: Environment,
  isSecret: (path: readonly string[]) => boolean,
): (document: Document.Parsed, problem: (node: Node, message: string, fix: string) => void) => void {
  return (document, problem) => {
    visit(document, {
      Scalar(at, node, ancestors) {
        if (at === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return
        const path = pathOf(node, ancestors)
        if (isSecret(path)) checkSecret(environment, node, problem)
        else substitutePlain(environment, node, problem)
      },
    })
  }
}

/** The keys of the maps around a scalar, without positions in lists. */
function pathOf(node: Scalar, ancestors: readonly unknown[]): string[] {
  const path: string[] = []
  const line = [...ancestors, node]
  for (const [index, ancestor] of line.entries()) {
    if (!isMap(ancestor)) continue
    const inside = new Set<unknown>(line.slice(index + 1))
    const pair = ancestor.items.find((candidate) => inside.has(candidate))
    if (pair && isScalar(pair.key)) path.push(String(pair.key.value))
  }
  return path
}

type ReportProblem = (node: Node, message: string, fix: string) => void

function substitutePlain(environment: Environment, node: Scalar, problem: ReportProblem): void {
  const text = String(node.value)
  let isAbsent = false
  const result = text.replace(
    reference,
    (match: string, name?: string, hasDefault?: string, fallback?: string) => {
      if (match === '$${') return '${'
      if (name === undefined) {
        problem(
          node,
          '"${" begins a reference without an end',
          'write ${NAME}, ${NAME:-default}, or $${ for a plain ${',
        )
        return ''
      }
      const value = environment[name]
      if (value !== undefined && value !== '') return value
      if (hasDefault === undefined)
        problem(
          node,
          `the environment variable ${name} is not set`,
          `set it, or write \${${name}:-default}; \${${name}:-} means absent`,
        )
      if (match === text && !fallback) isAbsent = true
      return fallback ?? ''
    },
  )
  // An unquoted number or boolean of the environment has the same type as one in the file.
  node.value = isAbsent ? undefined : node.type === 'PLAIN' ? parseScalar(result) : result
}

function parseScalar(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text
}

function checkSecret(environment: Environment, node: Scalar, problem: ReportProblem): void {
  const text = String(node.value)
  const [, name, fallback] = wholeReference.exec(text) ?? []
  if (name === undefined) {
    problem(
      node,
      'a secret must be one whole reference or contain none',
      'write only "${NAME}" or { file: path }, and put the whole secret into the variable or file',
    )
    node.value = undefined
    return
  }
  const value = environment[name]
  if (value !== undefined && value !== '') {
    node.value = `\${${name}}`
    return
  }
  if (fallback === undefined) {
    // The reference stays: a missing secret must not cause a second mistake.
    problem(
      node,
      `the environment variable ${name} is not set`,
      `set it, or write \${${name}:-} if the secret may be absent`,
    )
    return
  }
  node.value = fallback || undefined
}
