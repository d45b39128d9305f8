// The input that the parts of the compiler share.

import type { Configuration } from '../config/configuration.ts'
import type { Environment } from '../config/environment.ts'
import type { Kinds } from '../config/kinds.ts'
import type { Problems } from '../config/problem.ts'

export interface Compilation {
  configuration: Configuration
  problems: Problems
  kinds: Kinds
  environment: Environment
  /** Folder that relative paths start from. */
  folder: string
  /** Encrypts a literal secret under this installation's key. */
  seal: (text: string) => string
  /** ms since the epoch */
  now: number
}
