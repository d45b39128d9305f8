// The installed packages are the locked ones: each package of each lockfile has a hash of its content.

import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'

test.each(['package-lock.json', 'bench/package-lock.json'])(
  'every package of %s has an integrity',
  (file) => {
    const { packages } = JSON.parse(readFileSync(file, 'utf8'))
    const locked = Object.entries<{ integrity?: string; link?: boolean }>(packages).filter(
      ([path, { link }]) => path !== '' && !link,
    )
    expect(locked.length).toBeGreaterThan(5)
    expect(
      locked
        .filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/=]{88}$/.test(integrity ?? ''))
        .map(([path]) => path),
    ).toEqual([])
  },
)
