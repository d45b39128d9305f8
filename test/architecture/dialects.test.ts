// Checks that all dialect folders have one shape: the same job has the same file name in each of them.

import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { Glob } from 'bun'
import { commonFiles, dialects, extraFiles, optionalFiles } from './dialect-shape.ts'

const root = join(import.meta.dir, '..', '..', 'src', 'traffic', 'llm', 'dialects')

const filesOf = (folder: string, isInside: (file: string) => boolean): string[] =>
  [...new Glob('**/*.ts').scanSync({ cwd: join(root, folder) })]
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.test.ts') && isInside(file))
    .toSorted()

describe('the shape of dialect folders', () => {
  test('every folder is listed with its family', () => {
    const folders = [...new Glob('*/index.ts').scanSync({ cwd: root })].map(
      (file) => file.split(/[\\/]/)[0] ?? '',
    )
    expect(folders.toSorted()).toEqual(
      Object.keys(dialects)
        .filter((name) => !name.includes('/'))
        .toSorted(),
    )
  })

  for (const [folder, family] of Object.entries(dialects)) {
    const inner = Object.keys(dialects).filter((name) => name.startsWith(`${folder}/`))
    const files = filesOf(
      folder,
      (file) => !inner.some((name) => file.startsWith(`${name.slice(folder.length + 1)}/`)),
    )
    const common = commonFiles[family]
    const extra = extraFiles[folder] ?? {}

    test(`${folder} has a file for each common job`, () => {
      const missing = Object.entries(common).filter(([file]) => !files.includes(file))
      expect(
        missing.map(([file, job]) => `${folder}/${file} is missing. In every dialect it has ${job}.`),
      ).toEqual([])
    })

    test(`${folder} has no file of another name for a common job`, () => {
      const unknown = files.filter(
        (file) => !(file in common) && !(file in optionalFiles) && !(file in extra),
      )
      expect(
        unknown.map(
          (file) =>
            `${folder}/${file} is not a part of the shape. A reader who knows one dialect must find the same job in the others: use a name of test/architecture/dialect-shape.ts, or list the file there with what it is for.`,
        ),
      ).toEqual([])
    })

    test(`the extra files of ${folder} exist`, () => {
      const gone = Object.keys(extra).filter((file) => !files.includes(file))
      expect(gone.map((file) => `${folder}/${file} does not exist: remove it from the list.`)).toEqual([])
    })
  }

  test('an optional file is one that at least two dialects have', () => {
    const lonely = Object.keys(optionalFiles).filter(
      (file) =>
        Object.keys(dialects).filter((folder) => filesOf(folder, (each) => each === file).length > 0).length <
        2,
    )
    expect(
      lonely.map((file) => `${file} is in fewer than two dialects: list it with the extras of its dialect.`),
    ).toEqual([])
  })
})
