import type { SourceLocation } from '../errors/error.ts';

/** What GitHub Actions show beside the code. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  /** What stands above it. */
  readonly title: string;
  /** Absent for what is about more than one file. */
  readonly location?: SourceLocation | undefined;
  readonly text: string;
}

/** A line of their commands: https://docs.github.com/actions/reference/workflow-commands. Pure. */
export function annotate({ level, title, location, text }: Annotation): string {
  const data = (value: string) =>
    value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (value: string) => data(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const at = location ? `file=${property(location.file)},line=${location.line},col=${location.column},` : '';
  return `::${level} ${at}title=${property(title)}::${data(text)}`;
}
