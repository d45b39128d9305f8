// Places where an avoided word is right. At most 20; one that matches nothing any more fails the check.

export interface Exception {
  word: string
  /** The start of the paths it holds for. Absent: everywhere. */
  under?: string
  /** Only in these lines. Absent: in all. */
  line?: RegExp
  reason: string
}

export const exceptions: readonly Exception[] = [
  { word: '*', under: 'script/language', reason: 'The list itself has to name the words.' },
  {
    word: 'reply',
    line: /reply_?Bytes/i,
    reason: 'A field of the record, in journals and stores that exist.',
  },
]
