import type { ErrorCode } from '../errors/catalogue.ts';

const code: ErrorCode = 'function-ended';

/**
 * The code of the function between CDK's framework and ours, as it is deployed: it needs the SDK that Lambda brings along, and nothing else.
 *
 * The framework takes an answer that never came for the end of the deploy. Here the two are told apart: what our function has thrown goes on
 * as it is; where its process was ended a deploy that has begun is asked about again, and the beginning is repeated once, which finds what the
 * first one has begun.
 */
export const callAgainCode = `const { InvokeCommand, LambdaClient } = require('@aws-sdk/client-lambda');
const client = new LambdaClient({});
const { FUNCTION_ARN: FunctionName, DEPLOY_SECONDS: seconds } = process.env;

async function call(event) {
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
  const told = JSON.parse(Buffer.from(answer.Payload || []).toString() || 'null') || {};
  if (!answer.FunctionError) return { told };
  const { errorType = 'Sandbox', errorMessage = 'It gave no answer.' } = told;
  // How Lambda, and an emulator of it, tells of a process that has ended or was out of time or memory. Whatever else is told, our function has thrown.
  const died = /^(Sandbox|Runtime\\.(ExitError|OutOfMemory|Unknown))/.test(errorType) || /^Worker (process died|returned no response)$/.test(errorMessage);
  return died ? { died: errorMessage } : { failed: errorMessage };
}

exports.handler = async (event, context) => {
  const { startedAt } = event.Data || {};
  let answer = await call(event);
  if (answer.died !== undefined) {
    console.log(JSON.stringify({ died: answer.died, RequestType: event.RequestType, isLook: startedAt !== undefined }));
    const over = startedAt + seconds * 1000;
    if (Date.now() < over) return { IsComplete: false };
    // As long as a call may take, and the answer to it.
    const isTime = context.getRemainingTimeInMillis() > Number(process.env.CALL_SECONDS) * 1000 + 5000;
    if (startedAt === undefined && isTime) answer = await call(event);
  }
  if (answer.told) return answer.told;
  const end = 'What to do: Look at the log of the function, then deploy again: what was left to the server runs on.';
  const message = answer.failed || 'The function was ended before it could answer: ' + answer.died + ' [${code}]\\n' + end;
  throw Object.assign(new Error(message), { name: 'JobFailed', stack: '' });
};
`;
