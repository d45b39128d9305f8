// The error for a path without a route. The path may have a route with another method.

import { adminBasePath, adminRoutes } from '../openapi.ts'
import { ProblemError } from './problem.ts'

export function missingPathError(method: string, path: string): ProblemError {
  const methods = adminRoutes
    .filter((route) => pattern(route.path).test(path))
    .map((route) => route.method.toUpperCase())
  if (methods.length === 0) {
    return new ProblemError(
      'not-found',
      `${path.slice(0, 200)} does not exist; ${adminBasePath}/openapi.json lists the paths.`,
    )
  }
  const allow = [...new Set(methods)].join(', ')
  return new ProblemError(
    'method-not-allowed',
    `${method} is not supported on ${path.slice(0, 200)}; use ${allow}.`,
    { headers: { allow } },
  )
}

const pattern = (path: string): RegExp =>
  new RegExp(`^${adminBasePath}${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`)
