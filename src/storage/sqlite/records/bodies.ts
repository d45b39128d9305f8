// The bodies of records: their JSON, compressed in blocks. Records of one batch are similar, so a block takes
// a twentieth of its text. A fact has the address of its body: the number of the block and the line within
// it. Records of earlier builds have a separate row in `body` and the address 0.

import type { Database } from 'bun:sqlite'

/** With more bodies per block compression is better. With fewer, reading one body is cheaper. */
const bodiesPerBlock = 32
/** An address is the number of the block times this number, plus the line. */
const linesPerBlock = 64

/** The place of a record and the address of its body. */
export interface Located {
  place: number
  address: number
}

export class BodyWriter {
  readonly #add

  constructor(database: Database) {
    this.#add = database
      .query<{ id: number }, [Uint8Array]>('INSERT INTO body_block (bodies) VALUES (?) RETURNING id')
      .safeIntegers(false)
  }

  /**
   * Returns the address of each body, in the same order.
   * @param bodies JSON without raw line feeds
   */
  write(bodies: readonly string[]): number[] {
    const addresses: number[] = []
    for (let from = 0; from < bodies.length; from += bodiesPerBlock) {
      const lines = bodies.slice(from, from + bodiesPerBlock)
      const row = this.#add.get(compress(lines))
      if (!row) throw new Error('the embedded store returned no row for an insert')
      for (const line of lines.keys()) addresses.push(row.id * linesPerBlock + line)
    }
    return addresses
  }
}

export class BodyReader {
  readonly #body
  readonly #block

  constructor(database: Database) {
    this.#body = database.query<{ body: string }, [number]>('SELECT body FROM body WHERE place = ?')
    this.#block = database.query<{ bodies: Uint8Array }, [number]>(
      'SELECT bodies FROM body_block WHERE id = ?',
    )
  }

  /**
   * Undefined if the body was removed.
   * @param blocks the blocks that this request has read, because neighbors share a block
   */
  read({ place, address }: Located, blocks = new Map<number, readonly string[]>()): string | undefined {
    if (address === 0) return this.#body.get(place)?.body
    const [block, line] = partsOf(address)
    let lines = blocks.get(block)
    if (!lines) blocks.set(block, (lines = this.lines(block)))
    return lines[line] || undefined
  }

  /** The bodies of a block. An empty text is a removed body. */
  lines(block: number): string[] {
    const row = this.#block.get(block)
    return row ? decompress(row.bodies) : []
  }
}

export class BodyRemover {
  readonly #reader
  readonly #removeBody
  readonly #removeBlock
  readonly #replace

  constructor(database: Database) {
    this.#reader = new BodyReader(database)
    this.#removeBody = database.query<never, [number]>('DELETE FROM body WHERE place = ?')
    this.#removeBlock = database.query<never, [number]>('DELETE FROM body_block WHERE id = ?')
    this.#replace = database.query<never, [Uint8Array, number]>(
      'UPDATE body_block SET bodies = ? WHERE id = ?',
    )
  }

  /** Rewrites a block without these bodies, and deletes it with its last body. */
  remove(located: readonly Located[]): void {
    const blocks = new Map<number, number[]>()
    for (const { place, address } of located) {
      const [block, line] = partsOf(address)
      if (address === 0) this.#removeBody.run(place)
      else blocks.set(block, [...(blocks.get(block) ?? []), line])
    }
    for (const [block, removed] of blocks) {
      const lines = this.#reader.lines(block)
      for (const line of removed) lines[line] = ''
      if (lines.every((line) => line === '')) this.#removeBlock.run(block)
      else this.#replace.run(compress(lines), block)
    }
  }
}

const partsOf = (address: number): [block: number, line: number] => [
  Math.floor(address / linesPerBlock),
  address % linesPerBlock,
]

const compress = (lines: readonly string[]) => Bun.zstdCompressSync(lines.join('\n'), { level: 1 })

const decompress = (bytes: Uint8Array) => Bun.zstdDecompressSync(bytes).toString().split('\n')
