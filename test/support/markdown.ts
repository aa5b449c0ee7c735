/** The code blocks of a document in one language, as they are written there; without a language, those that name none. */
export function codeBlocks(markdown: string, language = ''): string[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```/gms)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text);
}
