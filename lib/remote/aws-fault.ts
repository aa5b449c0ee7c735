import type { ErrorCode } from '../errors/catalogue.ts';
import { RegistryJobsError } from '../errors/error.ts';
import { sentence } from '../text/format.ts';

/** What an error of the AWS client means, whatever was called. */
export type AwsFault = 'credentials' | 'region' | 'refused' | 'denied' | 'throttled' | 'network' | 'other';

/** By the name, the code or the message of an error; the first that fits. */
const FAULTS: readonly (readonly [AwsFault, RegExp])[] = [
  ['credentials', /^(?:CredentialsProviderError|TokenProviderError)$/],
  ['region', /region is missing/i],
  [
    'refused',
    /^(?:ExpiredToken(?:Exception)?|UnrecognizedClientException|InvalidSignatureException|InvalidClientTokenId|IncompleteSignature|MissingAuthenticationToken(?:Exception)?|SignatureDoesNotMatch)$/,
  ],
  ['denied', /^(?:AccessDenied(?:Exception)?|KMSAccessDeniedException)$/],
  ['throttled', /^(?:TooManyRequestsException|ThrottlingException|Throttling)$/],
  [
    'network',
    /^(?:TimeoutError|NetworkingError|ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|\w*CERT\w*)$|socket hang up/,
  ],
];

/** The parts of an error of the client that are looked at. */
export interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly code: string;
}

/** Anything thrown by a client, as text. Pure. */
export function readAwsError(error: unknown): AwsError {
  const {
    name = '',
    message = String(error),
    code = '',
  } = (error ?? {}) as Partial<Record<keyof AwsError, unknown>>;
  // Some errors of the network have no message of their own.
  return { name: String(name), message: String(message) || String(code) || String(name), code: String(code) };
}

/** Tells what an error of the AWS client means. Pure. */
export function judgeAwsError({ name, message, code }: AwsError): AwsFault {
  const found = FAULTS.find(([, pattern]) => [name, code, message].some((text) => pattern.test(text)));
  return found?.[0] ?? 'other';
}

/**
 * What is to be said of a call that could not even be signed, or was signed by nobody; nothing for other faults. Pure.
 *
 * @param what was called, as a part of a sentence
 */
export function explainAccess(error: unknown, what: string): RegistryJobsError | undefined {
  const found = readAwsError(error);
  const make = (code: ErrorCode, message: string, hint: string) =>
    new RegistryJobsError(code, message, { hint, cause: error });
  switch (judgeAwsError(found)) {
    case 'credentials':
      return make(
        'no-aws-credentials',
        `There are no AWS credentials to call ${what} with.`,
        'Log in, then see who you are: aws sts get-caller-identity',
      );
    case 'region':
      return make(
        'no-aws-region',
        `It is not said in which region of AWS ${what} is.`,
        'Set it; the ARN of a function has it, too: export AWS_REGION=eu-central-1',
      );
    case 'refused':
      return make(
        'aws-credentials-refused',
        `AWS does not accept the credentials that ${what} was called with: ${sentence(found.message)}`,
        'Log in again, then see who you are: aws sts get-caller-identity',
      );
    default:
      return undefined;
  }
}
