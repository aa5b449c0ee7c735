import { codeBlocks } from './markdown.ts';

/** The commands of a guide that begin with the command line of AWS, or lead into it. */
export function awsCommands(markdown: string): string[] {
  return commandsOf(markdown, /^([A-Z]\w*=\S+ )*aws |\| aws /);
}

/** The commands of a guide that are those of the CDK command line. */
export function cdkCommands(markdown: string): string[] {
  return commandsOf(markdown, /^npx cdk /);
}

/** Those of its blocks, and those within its sentences. */
function commandsOf(markdown: string, wanted: RegExp): string[] {
  const blocks = codeBlocks(markdown.replace(/^ {3}/gm, ''), 'sh');
  const lines = blocks.flatMap((block) =>
    block
      .replace(/ *\\\n */g, ' ')
      .trimEnd()
      .split('\n'),
  );
  const prose = markdown.replace(/^ *```.*?^ *```/gms, '');
  const spans = [...prose.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replace(/\s+/g, ' '));
  const comments = [...markdown.matchAll(/\/\/ (aws .*)$/gm)].map(([, text = '']) => text);
  const all = [...comments, ...lines, ...spans];
  return inOrder(
    markdown,
    all.filter((text) => wanted.test(text)),
  );
}

/** As they come in the text. */
function inOrder(markdown: string, commands: readonly string[]): string[] {
  const flat = markdown.replace(/\\\n/g, ' ').replace(/\s+/g, ' ');
  const found = commands.map((command) => ({ command, at: flat.indexOf(command.replace(/\s+/g, ' ')) }));
  return found.sort((one, other) => one.at - other.at).map(({ command }) => command);
}
