// What the command needs of main.ts. It is loaded only by the commands that run a gateway or read its
// configuration: the others start faster.

import type { Mistake } from '../contract/admin-api.ts'

export interface Main {
  serve(options: ServeOptions): Promise<Running>
  checkConfiguration(options: CheckOptions): Promise<CheckReport>
  /** @returns what was done, for people */
  adoptStore(folder: string, isRestored: boolean): Promise<string>
}

export interface CheckOptions {
  /** Absent: $GATEHOUSE_CONFIG, ./gatehouse.yaml, or none. */
  configPath?: string
  env: Readonly<Record<string, string | undefined>>
}

export interface ServeOptions extends CheckOptions {
  /**
   * With a broken configuration, start on the rules last in force: true, or the data folder that keeps them.
   */
  lastGood?: string | true
  /** One line for people; no line end. */
  print: (line: string) => void
}

/** A gateway that answers. */
export interface Running {
  /** Reads the configuration again. Never rejects: mistakes are in the log and in `gatehouse config show`. */
  reload(): Promise<'changed' | 'unchanged' | 'rejected'>
  /** Drains and ends; what is still open after the drain time is cut. Idempotent. */
  stop(): Promise<void>
}

export interface CheckReport {
  /** The file that was read. Absent: none. */
  file?: string
  /** Every mistake and warning, failed policy tests among them. */
  problems: readonly Mistake[]
  /** How many policy tests were run. */
  policyTests: number
  /** What a gateway with this configuration would use. Absent if that cannot be told. */
  settings?: { data: string; listen: { host: string; port: number }; inFlight: number }
}
