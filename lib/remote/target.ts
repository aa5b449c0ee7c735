import { UsageError } from '../errors/error.ts';

/** Which function is asked. */
export interface FunctionTarget {
  /** As it was given: a name or an ARN, without a version. */
  readonly name: string;
  /** Of an ARN. @default that of the AWS settings of this machine */
  readonly region?: string;
}

const NAME = /^[\w-]{1,140}$/;
const ARN = /^arn:aws[\w-]*:lambda:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:function:[\w-]{1,140}$/;

/**
 * Reads the name of a function. Pure.
 *
 * @param source where it was given, for the message
 * @throws UsageError `bad-function-name`
 */
export function parseFunctionName(given: string, source: string): FunctionTarget {
  const name = given.trim();
  if (NAME.test(name)) return { name };
  const [, region] = ARN.exec(name) ?? [];
  if (region !== undefined) return { name, region };
  throw new UsageError(
    'bad-function-name',
    `${source} is not the name of a function: "${name.slice(0, 200)}".`,
    {
      hint: 'Give its name or its ARN, without a version or an alias: registry-jobs status --remote --function NAME',
    },
  );
}
