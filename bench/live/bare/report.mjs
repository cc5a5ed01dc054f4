/** What a bare loop says to the bench: that it is ready, and how much it has done when it is asked. */
import process from 'node:process';

export const settings = JSON.parse(process.argv[2] ?? '{}');

export function report(done, ready = 'ready') {
  process.on('message', (question) => {
    if (question === 'count') process.send(done());
  });
  process.on('SIGTERM', () => process.exit(0));
  process.send(ready);
}
