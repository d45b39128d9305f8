// The size of the kernel's receive buffer of a socket. Bun reads as much as lies there in one go, up to 512
// KB, and the kernel lets it grow to megabytes: of a response that nobody reads, all of that would lie in our
// memory. So it is made narrow when a reader falls behind, and wide again for the next one. Bun has no option
// for it; where the call is not to be had, the buffer stays as it is.
//
// Narrow still moves about 1 MB/s over a round trip of 100 ms. It is for networks whose segments are far
// smaller than it.

import { dlopen } from 'bun:ffi'

type SetSocketOption = (fd: number, level: number, name: number, value: Int32Array, length: number) => number

/** Level and name of SO_RCVBUF. */
const options: Readonly<Record<string, readonly [number, number]>> = {
  linux: [1, 8],
  darwin: [0xffff, 0x1002],
}
const libraries = [
  'libc.so.6',
  `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`,
  'libSystem.dylib',
]

/** The kernel doubles it for its own bookkeeping. */
const narrow = new Int32Array([98_304])
/** The kernel takes less where its own limit is lower. */
const wide = new Int32Array([4_194_304])

let found: { call: SetSocketOption } | 'none' | undefined

export function resizeReceiveBuffer(fd: number | undefined, size: 'narrow' | 'wide'): void {
  const option = options[process.platform]
  if (fd === undefined || fd < 0 || !option) return
  found ??= find()
  if (found !== 'none') found.call(fd, ...option, size === 'narrow' ? narrow : wide, 4)
}

function find(): { call: SetSocketOption } | 'none' {
  for (const library of libraries) {
    try {
      return {
        call: dlopen(library, { setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' } })
          .symbols.setsockopt,
      }
    } catch {
      // another system's name
    }
  }
  return 'none'
}
