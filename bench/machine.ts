// Names the machine, because figures without it say nothing.

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryMb: Math.round(
    Number(/MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024,
  ),
  kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
  bun: Bun.version,
})
