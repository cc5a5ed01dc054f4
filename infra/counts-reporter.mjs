/**
 * A vitest reporter that counts tests as vitest itself reports them and writes one line, `N passed, N failed, N skipped`,
 * to the file that MILLRACE_COUNTS names. A test file that could not be run, and an error outside every test, each count
 * as one failure: neither may look like success.
 */
import { writeFileSync } from 'node:fs';

function countTests(modules) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === 'pending' ? 'failed' : state] += 1;
    }
    for (const suite of [module, ...module.children.allSuites()]) counts.failed += suite.errors().length;
  }
  return counts;
}

export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.MILLRACE_COUNTS;
    if (!file) return;
    const counts = countTests(modules);
    const failed = counts.failed + unhandledErrors.length;
    writeFileSync(file, `${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`);
  }
}
