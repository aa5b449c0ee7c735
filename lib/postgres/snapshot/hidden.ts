import { NAME_OF_SECRET } from '../../secrets/mask-tools.ts';
import { quoteLiteral } from '../identifiers.ts';

const NAME = `(?:${NAME_OF_SECRET.source}|key(?![\\w$]))`;
const IS_SECRET = quoteLiteral(`^[^=]*${NAME}[^=]*=`);
const IN_ADDRESS = quoteLiteral('(://[^/?#@:]*):[^@]*@');
const IN_KEYWORDS = quoteLiteral(`(${NAME}\\s*=\\s*)('(?:[^'\\\\]|\\\\.)*'|[^\\s&]+)`);

/** How to connect, without its password: an address or keywords. It does not leave the server. */
export const connectionWithoutSecrets = (text: string) =>
  `regexp_replace(regexp_replace(${text}, ${IN_ADDRESS}, E'\\\\1:(hidden)@'), ${IN_KEYWORDS}, E'\\\\1(hidden)', 'gi')`;

/** Options as `name=value`, sorted, without the values of those that are called like a secret. These do not leave the server. */
export const withoutSecrets = (options: string) =>
  `CASE WHEN ${options} IS NOT NULL THEN ARRAY(SELECT CASE WHEN x ~* ${IS_SECRET} THEN split_part(x, '=', 1) || '=(hidden)'
      ELSE ${connectionWithoutSecrets('x')} END FROM unnest(${options}) x ORDER BY x COLLATE "C") END`;
