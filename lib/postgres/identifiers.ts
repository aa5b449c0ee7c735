/** Quotes a name for SQL, so that it is never anything but a name. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a name for SQL that a person reads: only where it needs it. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteIdentifier(name);
}

/** Quotes `schema.name`, or `name` alone. */
export function quoteQualified(name: string): string {
  return name.split('.').map(quoteIdentifier).join('.');
}

/** Quotes a text for SQL, whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** Quotes a function's body with a tag that does not occur in it. */
export function quoteBody(body: string): string {
  let tag = '$body$';
  for (let number = 1; body.includes(tag); number++) tag = `$body${number}$`;
  return `${tag}${body}${tag}`;
}
