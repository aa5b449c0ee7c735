type Work = () => void | Promise<void>;

const works: Work[] = [];

/** Has a module of test/support clean up, or look back, at the end of each test file. */
export function atEndOfFile(work: Work): void {
  works.push(work);
}

/** Does all of it, in reverse; throws the first error afterwards, so that nothing is left behind. */
export async function finishFile(): Promise<void> {
  const errors: unknown[] = [];
  for (const work of works.toReversed()) {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
