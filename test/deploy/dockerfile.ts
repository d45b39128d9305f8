// deploy/Dockerfile as a list of instructions, and its build run without Docker: in bare folders, with the
// commands that the file names.

import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root = new URL('../../', import.meta.url).pathname
export const dockerfile = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')

export interface Instruction {
  keyword: string
  rest: string
}

export interface Stage {
  base: string
  name?: string
  instructions: Instruction[]
}

export function stages(): Stage[] {
  const found: Stage[] = []
  for (const line of dockerfile.split('\n')) {
    const [, keyword = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    if (keyword === 'FROM') {
      const [base = '', , name] = rest.split(/\s+/)
      found.push({ base, ...(name !== undefined && { name }), instructions: [] })
    } else if (keyword !== '') found.at(-1)?.instructions.push({ keyword, rest })
  }
  return found
}

/** The image of a stage whose instructions ran. */
export interface Image {
  /** The folder that is `/` in the image. */
  folder: string
  workdir: string
  env: Record<string, string>
  entrypoint: string[]
  command: string[]
  healthcheck: string[]
}

export function newImage(folder: string): Image {
  mkdirSync(folder, { recursive: true })
  return { folder, workdir: '/', env: {}, entrypoint: [], command: [], healthcheck: [] }
}

/** Where an absolute or relative path of the image is on this machine. */
export const inImage = ({ folder, workdir }: Image, path: string): string =>
  join(folder, path.startsWith('/') ? path : join(workdir, path))

/**
 * @param sources the build context, and the stages that COPY can name
 * @throws Error at an instruction that it does not know, so that none is skipped
 */
export async function runInstruction(
  image: Image,
  { keyword, rest }: Instruction,
  sources: { context: string; stages: ReadonlyMap<string, Image> },
): Promise<void> {
  switch (keyword) {
    case 'WORKDIR':
      image.workdir = rest
      mkdirSync(inImage(image, '.'), { recursive: true })
      return
    case 'COPY':
      return copy(image, rest, sources)
    case 'RUN': {
      const child = Bun.spawn(['bash', '-c', rest], {
        cwd: inImage(image, '.'),
        env: { PATH: process.env.PATH ?? '', HOME: image.folder },
        stdout: 'pipe',
        stderr: 'pipe',
      })
      const errors = await new Response(child.stderr).text()
      if ((await child.exited) !== 0) throw new Error(`RUN ${rest} failed: ${errors}`)
      return
    }
    case 'ENV':
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\S+)/g)) image.env[name] = value
      return
    case 'ENTRYPOINT':
      image.entrypoint = listOf(rest)
      return
    case 'CMD':
      image.command = listOf(rest)
      return
    case 'HEALTHCHECK':
      image.healthcheck = listOf(rest.slice(rest.indexOf('[')))
      return
    case 'EXPOSE':
    case 'VOLUME':
    case 'USER':
    case 'STOPSIGNAL':
      return
    default:
      throw new Error(`this test does not know ${keyword}`)
  }
}

function copy(
  image: Image,
  rest: string,
  sources: { context: string; stages: ReadonlyMap<string, Image> },
): void {
  const parts = rest.split(/\s+/)
  const paths = parts.filter((part) => !part.startsWith('--'))
  const from = parts.find((part) => part.startsWith('--from='))?.slice('--from='.length)
  const to = paths.pop() ?? ''
  for (const path of paths) {
    const stage = from === undefined ? undefined : sources.stages.get(from)
    if (from !== undefined && stage === undefined) throw new Error(`COPY names no stage: ${rest}`)
    const source = stage ? inImage(stage, path) : join(sources.context, path)
    const target = inImage(image, to.endsWith('/') ? join(to, path) : to)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(source, target, { recursive: true })
  }
}

function listOf(list: string): string[] {
  const parsed: unknown = JSON.parse(list)
  if (!Array.isArray(parsed)) throw new Error(`not in exec form: ${list}`)
  return parsed.map(String)
}
