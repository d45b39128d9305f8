// Starts a thread of ours, from the source tree and from the single binary alike.

/** In the binary that `script/build` makes, modules lie in a file system of Bun's own. */
const isCompiled = import.meta.url.startsWith('file:///$bunfs/')

/**
 * @param path of the thread's module below `src`, such as `main/store-thread.ts`. `script/build` must name it,
 *   too: a bundler cannot see it here (test/deploy/binary.test.ts compares the two lists).
 */
export function openThread(path: string): Worker {
  return new Worker(isCompiled ? `./${path}` : new URL(`../${path}`, import.meta.url).href)
}
