/*
 * Runs in the process that stands for a function: imports the handler of a code asset, calls it once for each message
 * from the parent, and answers with its result, or with the error in the form that Lambda's Node runtime gives it.
 */
const { handler } = await import(String(process.env.LAMBDA_HANDLER_URL));

process.on('message', async (call: { event: unknown; context: object; deadline: number }) => {
  const context = {
    ...call.context,
    getRemainingTimeInMillis: () => Math.max(0, call.deadline - Date.now()),
  };
  try {
    const result: unknown = await handler(call.event, context);
    process.send?.({ result: result === undefined ? null : result });
  } catch (error) {
    const { name, message, stack } = error as Error;
    process.send?.({ error: { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') } });
  }
});
process.send?.({ ready: true });
