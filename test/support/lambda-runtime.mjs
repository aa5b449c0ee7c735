/*
 * Runs in the process that stands for a function: imports the handler of a code asset, calls it once for each message
 * from the parent, and answers with its result, or with the error in the form that Lambda's Node runtime gives it.
 * Plain JavaScript, because every call of a function would wait for the types to be stripped.
 */
const { handler } = await import(String(process.env.LAMBDA_HANDLER_URL));

process.on('message', async (/** @type {{ event: unknown, context: object, deadline: number }} */ call) => {
  const context = {
    ...call.context,
    getRemainingTimeInMillis: () => Math.max(0, call.deadline - Date.now()),
  };
  try {
    const result = await handler(call.event, context);
    process.send?.({ result: result === undefined ? null : result });
  } catch (error) {
    const { name, message, stack } = /** @type {Error} */ (error);
    process.send?.({ error: { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') } });
  }
});
process.send?.({ ready: true });
