// The entry of the thread that compiles configuration, with the kinds of this build.

import { loadConfiguration, createSecretBox } from '../control/index.ts'
import type { CompileResult, CompileTask } from './compiler.ts'
import { kinds } from './kinds.ts'

declare const self: Worker

self.onmessage = ({ data }: MessageEvent<CompileTask>) => {
  self.postMessage(compile(data))
}

function compile({ path, folder, environment, key, now }: CompileTask): CompileResult {
  try {
    const { problems, files, compiled } = loadConfiguration({
      path,
      folder,
      environment,
      kinds,
      seal: createSecretBox(key).seal,
      now,
    })
    if (!compiled) return { kind: 'loaded', problems, files }
    const { rules: _, ...rest } = compiled
    return { kind: 'loaded', problems, files, compiled: rest }
  } catch (thrown) {
    return { kind: 'failed', message: thrown instanceof Error ? thrown.message : 'unknown' }
  }
}
