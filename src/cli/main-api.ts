// The parts of main.ts that commands use. Only commands that run a gateway or read its configuration load it,
// so that the others start faster.

import type { Mistake } from '../contract/admin-api.ts'

export interface Main {
  serve(options: ServeOptions): Promise<Running>
  checkConfiguration(options: CheckOptions): Promise<CheckReport>
  /** @returns a description of the result, for people */
  adoptStore(folder: string, isRestored: boolean): Promise<string>
}

export interface CheckOptions {
  /** Absent: $GATEHOUSE_CONFIG, ./gatehouse.yaml, or none. */
  configPath?: string
  env: Readonly<Record<string, string | undefined>>
}

export interface ServeOptions extends CheckOptions {
  /**
   * If the configuration has mistakes, start with the rules that were last active: true, or the data folder
   * that has them.
   */
  lastGood?: string | true
  /** Prints one line for people. */
  print: (line: string) => void
}

/** A running gateway. */
export interface Running {
  /** Reads the configuration again. Never rejects: mistakes are in the log and in `gatehouse config show`. */
  reload(): Promise<'changed' | 'unchanged' | 'rejected'>
  /** Drains and stops. Calls that still run after the drain time are cut. Idempotent. */
  stop(): Promise<void>
}

export interface CheckReport {
  /** The file that was read. Absent: no file. */
  file?: string
  /** Every mistake and warning, including failed policy tests. */
  problems: readonly Mistake[]
  /** The number of policy tests that were run. */
  policyTests: number
  /** Settings of a gateway with this configuration. Absent if they cannot be determined. */
  settings?: { data: string; listen: { host: string; port: number }; inFlight: number }
}
