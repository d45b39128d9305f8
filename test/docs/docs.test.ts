// Tests that the documentation is correct: the pages work step by step, their links have targets, and their
// commands and codes exist.

import { describe, expect, test } from 'bun:test'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { checkConfiguration } from '../../src/main.ts'
import { errorTable } from '../../src/contract/errors.ts'
import { commands } from '../../script/reference/commands.ts'
import { testCertificate } from '../upstreams/index.ts'
import { anchorsOf, blocksOf, linksOf } from './blocks.ts'
import { tasks, tellStory } from './story.ts'

const root = join(import.meta.dir, '../..')
const pages = globSync('{*.md,docs/**/*.md,bench/*.md,examples/*.md}', { cwd: root }).sort()
const read = (page: string) => readFileSync(join(root, page), 'utf8')
const stories = pages.filter((page) => blocksOf(read(page)).some(({ task }) => task !== ''))

describe('the steps of a page do what the page says', () => {
  test.each(stories)('%s', (page) => tellStory(read(page)), 60_000)
})

test('the README and every guide are tested, and each of their blocks has an existing task', () => {
  const guides = pages.filter((page) => page === 'README.md' || page.startsWith('docs/guides/'))
  expect(guides.filter((page) => !stories.includes(page))).toEqual([])
  const unknown = stories.flatMap((page) =>
    blocksOf(read(page)).flatMap(({ language, task, line }) =>
      task === '' || `${language} ${task}` in tasks ? [] : [`${page}:${line} ${language} ${task}`],
    ),
  )
  expect(unknown).toEqual([])
})

test('the configurations of README and guides have neither mistakes nor warnings', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-docs-'))
  mkdirSync(join(folder, 'tls'))
  for (const [name, text] of Object.entries(testCertificate))
    writeFileSync(join(folder, 'tls', `${name}.pem`), text)
  try {
    for (const page of stories) {
      for (const { language, task, text, line } of blocksOf(read(page))) {
        if (language !== 'yaml' || task === 'wrong') continue
        const configPath = join(folder, 'gatehouse.yaml')
        writeFileSync(configPath, text)
        const env = Object.fromEntries(
          [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'value-of-a-test-0123456789']),
        )
        const { problems } = await checkConfiguration({ configPath, env })
        expect({ page, line, problems }).toEqual({ page, line, problems: [] })
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('every command line of the shell in the README and the guides is run', () => {
  const unrun = pages.flatMap((page) =>
    page === 'README.md' || page.startsWith('docs/guides/')
      ? blocksOf(read(page)).flatMap(({ language, task, line }) =>
          ['sh', 'yaml', 'ts'].includes(language) && task === '' ? [`${page}:${line}`] : [],
        )
      : [],
  )
  expect(unrun).toEqual([])
})

test('the generated pages are up to date', () => {
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, join(root, 'script/reference.ts'), '--check'])
  expect(stderr.toString()).toBe('')
  expect(exitCode).toBe(0)
})

test('every link within the repository leads to an existing file and heading', () => {
  const broken: string[] = []
  for (const page of pages) {
    for (const link of linksOf(read(page)).filter((target) => !/^[a-z]+:/.test(target))) {
      const [path = '', anchor] = link.split('#')
      const file = path === '' ? page : relative(root, join(root, dirname(page), path))
      if (!existsSync(join(root, file))) broken.push(`${page}: ${link}`)
      else if (anchor !== undefined && !anchorsOf(read(file)).includes(anchor))
        broken.push(`${page}: ${link} (no such heading)`)
    }
  }
  expect(broken).toEqual([])
})

test('every page can be reached from the README by links', () => {
  const all = globSync('{*.md,docs/**/*.md,bench/**/*.md,examples/*.md}', { cwd: root })
  const seen = new Set<string>()
  const open = ['README.md']
  for (let page = open.pop(); page !== undefined; page = open.pop()) {
    if (seen.has(page)) continue
    seen.add(page)
    for (const link of linksOf(read(page))) {
      const target = relative(root, join(root, dirname(page), link.replace(/#.*$/, '')))
      if (target.endsWith('.md') && existsSync(join(root, target))) open.push(target)
    }
  }
  expect(all.filter((page) => !page.includes('node_modules') && !seen.has(page))).toEqual([])
})

test('every source path that a page for contributors names exists', () => {
  const lost = ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'AGENTS.md', 'GLOSSARY.md', 'docs/README.md'].flatMap(
    (page) =>
      [...read(page).matchAll(/`((?:src|test|script|bench|docs)\/[\w./-]*)`/g)].flatMap(([, path = '']) =>
        /NAME/.test(path) || existsSync(join(root, path)) ? [] : [`${page}: ${path}`],
      ),
  )
  expect(lost).toEqual([])
})

test('every command that a page names exists', () => {
  const known = new Set(commands().map(({ line }) => line.slice('gatehouse '.length)))
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/(?:^|[`$(/ ])gatehouse ([a-z]+)(?: ([a-z]+))?/gm)].flatMap(
      ([text, first = '', second = '']) =>
        known.has(`${first} ${second}`) || known.has(first) || !/^[^\n]*[`$(/]/.test(text)
          ? []
          : [`${page}: gatehouse ${first} ${second}`.trim()],
    ),
  )
  expect(named).toEqual([])
})

test('every error code is in the reference and in the troubleshooting guide', () => {
  for (const page of ['docs/reference/errors.md', 'docs/guides/on-call.md']) {
    const text = read(page)
    expect(Object.keys(errorTable).filter((code) => !text.includes(`\`${code}\``))).toEqual([])
  }
})

test('every metric and every readiness reason is in the production or troubleshooting guide', () => {
  const guides =
    read('docs/guides/run-in-production.md') +
    read('docs/guides/on-call.md') +
    read('docs/reference/metrics.md')
  const sources = ['src/gateway/metrics.ts', 'src/main/gauges.ts'].map(read).join('\n')
  const metrics = [...new Set([...sources.matchAll(/'(gatehouse_[a-z_]+)/g)].map((found) => found[1] ?? ''))]
  expect(metrics.length).toBeGreaterThan(10)
  expect(metrics.filter((name) => !guides.includes(name))).toEqual([])
  const reasons = [...read('src/main/readiness.ts').matchAll(/(?:push\(['`])([a-z]+)/g)].map(
    (found) => found[1] ?? '',
  )
  expect(reasons.length).toBeGreaterThanOrEqual(5)
  expect(reasons.filter((reason) => !guides.includes(reason))).toEqual([])
})

test('following a wrong page fails', async () => {
  const lies = [
    '```sh test\nfalse\n```',
    '```sh fails\ntrue\n```',
    '```sh test\necho one\n```\n```text output\ntwo\n```',
    '```yaml check\nversion: 3\n```',
    '```yaml wrong\nversion: 1\n```',
    '```ts test\nthrow new Error("no")\n```',
  ]
  for (const lie of lies) {
    const noticed = await tellStory(lie).catch((thrown: unknown) => thrown)
    expect(noticed).toBeInstanceOf(Error)
    expect(String(noticed)).toContain('the block of line')
  }
})
