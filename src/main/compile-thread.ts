// The entry of the thread that compiles configuration: what it is able to do is what this build is able to
// do.

import { loadConfiguration, secretBox } from '../control/index.ts'
import type { CompileAnswer, CompileQuestion } from './compiler.ts'
import { kinds } from './kinds.ts'

declare const self: Worker

self.onmessage = ({ data }: MessageEvent<CompileQuestion>) => {
  self.postMessage(answer(data))
}

function answer({ path, folder, environment, key, now }: CompileQuestion): CompileAnswer {
  try {
    const { problems, files, compiled } = loadConfiguration({
      path,
      folder,
      environment,
      kinds,
      seal: secretBox(key).seal,
      now,
    })
    if (!compiled) return { kind: 'loaded', problems, files }
    const { rules: _, ...rest } = compiled
    return { kind: 'loaded', problems, files, compiled: rest }
  } catch (thrown) {
    return { kind: 'failed', message: thrown instanceof Error ? thrown.message : 'unknown' }
  }
}
