// The size of the kernel's receive buffer of a socket. Bun reads its content at once, up to 512 KB, and the
// kernel lets it grow to megabytes, so an unread response would fill our memory. So the buffer is reduced if
// a reader is too slow, and enlarged again for the next one. Bun has no option for it. If the system call is
// not available, the buffer stays unchanged.
//
// The reduced buffer still allows about 1 MB/s at a round trip of 100 ms. It is used on networks whose
// segments are far smaller than the buffer.

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

/** The kernel doubles the value for its own overhead. */
const narrow = new Int32Array([98_304])
/** The kernel uses its own limit if that is lower. */
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
      // the name on another system
    }
  }
  return 'none'
}
