// Classes of ASCII characters by code.

export const isDigit = (code: number): boolean => code >= 48 && code <= 57
export const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
export const isAlphanumeric = (code: number): boolean => isDigit(code) || isLetter(code)
