/**
 * Makes a callback of the caller's harmless: it hears of what happens and decides nothing, so what it throws, or rejects with, must not
 * end the work, nor the process.
 */
export function safely<Event>(listen: (event: Event) => unknown): (event: Event) => void {
  return (event) => {
    try {
      const answer = listen(event);
      if (answer instanceof Promise) answer.catch(() => {});
    } catch {
      // It is not ours to report: the work goes on.
    }
  };
}
