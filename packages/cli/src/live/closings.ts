/** What was opened, to be closed in reverse, each whatever becomes of the others. */
import { causeText } from '@millrace/semantics';

export type Closing = () => unknown;

/** Each is closed once, however often this is called. */
export async function closeInReverse(closings: Closing[], failed: (problem: string) => void): Promise<void> {
  for (let close = closings.pop(); close; close = closings.pop()) {
    try {
      await close();
    } catch (error) {
      failed(causeText(error));
    }
  }
}
