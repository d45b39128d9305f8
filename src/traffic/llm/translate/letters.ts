// Ids like those of vendors: a prefix and 24 letters and digits.

import type { Random } from '../../../kit/id.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

export const newLetters =
  (random: Random) =>
  (prefix: string): string => {
    let made = prefix
    for (let index = 0; index < 24; index++) made += alphabet[Math.floor(random() * alphabet.length)]
    return made
  }
